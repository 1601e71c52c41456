/// What every service stands on: a program that is nothing but its wiring.
///
///     await ServiceProgram("membership", listen: "127.0.0.1:50051").run { host in
///       [MembershipAPI(…)]
///     }
///
///     Settings/   what operators set: flag > environment > file > default, each checked and named
///     Program/    the command line, the start in one line, signals, the end
///     Health/     named checks, the health service and the pages that follow them
///     Calls/      what surrounds every call: names, identity, metrics, log
///
/// Start at `ServiceProgram`, then `ServiceHost`; `Calls/Access.swift` is where access decisions
/// grow.
