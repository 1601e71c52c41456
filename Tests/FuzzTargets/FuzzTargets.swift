/// What bytes of strangers are let loose on, each with the rules that must hold whatever they are.
///
///     bytes ──▶ FuzzTarget.run ──▶ nothing, or the Finding that says which rule broke
///
/// `Tests/Fuzz/run` gives them what libFuzzer makes up by what it reaches. `FuzzTests` gives
/// them what is kept in `Tests/Corpus/Fuzz`, a folder for each.
///
/// Start at `FuzzTarget`.
