// protoc-gen-cabildo: a plugin of protoc. Reads a CodeGeneratorRequest from standard input, writes
// a CodeGeneratorResponse to standard output.

import Glibc

func readStandardInput() -> [UInt8] {
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 64 << 10)
  while true {
    let count = unsafe read(STDIN_FILENO, &chunk, chunk.count)
    guard count > 0 else { return bytes }
    bytes += chunk.prefix(count)
  }
}

func writeStandardOutput(_ bytes: [UInt8]) {
  var rest = bytes[...]
  while !rest.isEmpty {
    let count = unsafe rest.withUnsafeBytes {
      unsafe write(STDOUT_FILENO, $0.baseAddress, $0.count)
    }
    guard count > 0 else { exit(1) }
    rest = rest.dropFirst(count)
  }
}

guard let request = CodeGeneratorRequest(readStandardInput()) else {
  let complaint = "protoc-gen-cabildo: standard input is no request of protoc, which runs this\n"
  _ = unsafe complaint.utf8CString.withUnsafeBytes {
    unsafe write(STDERR_FILENO, $0.baseAddress, $0.count - 1)
  }
  exit(1)
}
var response: CodeGeneratorResponse
do throws(GeneratorError) {
  response = CodeGeneratorResponse(try Generator(request).outputs())
} catch {
  response = CodeGeneratorResponse(error: error)
}
writeStandardOutput(response.encoded())
