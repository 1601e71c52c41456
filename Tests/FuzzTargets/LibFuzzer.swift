internal import Glibc

/// What libFuzzer calls with what it made up, in a program that is linked with it: one run of the
/// target that `CABILDO_FUZZ_TARGET` names. A finding ends the program, as a crash does.
@_cdecl("LLVMFuzzerTestOneInput")
package func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  do throws(Finding) {
    try chosenTarget.run(bytes)
  } catch { fatalError("finding: \(error)") }
  return 0
}

private let chosenTarget: FuzzTarget = {
  let name = unsafe getenv("CABILDO_FUZZ_TARGET").map { unsafe String(cString: $0) } ?? ""
  guard let target = FuzzTarget.named(name) else {
    fatalError("CABILDO_FUZZ_TARGET names none of \(FuzzTarget.all.map(\.name))")
  }
  return target
}()
