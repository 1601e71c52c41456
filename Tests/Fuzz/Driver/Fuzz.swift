// Nothing but the link: libFuzzer brings `main`, and FuzzTargets what it calls.
private import FuzzTargets
