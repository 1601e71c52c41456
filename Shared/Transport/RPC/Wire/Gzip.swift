internal import CZlib

/// gzip of RFC 1952, over zlib.
package enum Gzip {
  package enum Failure: Error, Hashable, Sendable {
    /// The bytes are no gzip stream, or not a whole one.
    case malformed
    /// The stream holds more than the limit; nothing of it is kept.
    case overLimit
  }

  /// zlib's number for "a gzip header and trailer around a window of 32 KiB".
  private static let windowBits: Int32 = 15 + 16
  private static let stepBytes = 64 * 1024

  package static func compress(_ bytes: some Collection<UInt8>) -> [UInt8] {
    var stream = unsafe z_stream()
    let version = ZLIB_VERSION
    let made = unsafe deflateInit2_(
      &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, version,
      Int32(MemoryLayout<z_stream>.size))
    precondition(made == Z_OK, "zlib cannot allocate")
    defer { unsafe deflateEnd(&stream) }
    var input = Array(bytes)
    let bound = Int(unsafe deflateBound(&stream, UInt(input.count)))
    return unsafe input.withUnsafeMutableBufferPointer { input in
      unsafe [UInt8](unsafeUninitializedCapacity: bound) { output, count in
        unsafe stream.next_in = input.baseAddress
        unsafe stream.avail_in = UInt32(input.count)
        unsafe stream.next_out = output.baseAddress
        unsafe stream.avail_out = UInt32(output.count)
        let result = unsafe deflate(&stream, Z_FINISH)
        precondition(result == Z_STREAM_END, "deflateBound did not bound")
        count = bound - Int(unsafe stream.avail_out)
      }
    }
  }

  /// Inflates step by step and stops at the first byte over `limit`: a bomb costs what the limit
  /// allows, not what it holds.
  package static func decompress(_ bytes: some Collection<UInt8>, limit: Int) throws(Failure)
    -> [UInt8]
  {
    var stream = unsafe z_stream()
    let version = ZLIB_VERSION
    guard
      unsafe inflateInit2_(&stream, windowBits, version, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { throw .malformed }
    defer { unsafe inflateEnd(&stream) }
    var input = Array(bytes)
    var output: [UInt8] = []
    let result = unsafe input.withUnsafeMutableBufferPointer {
      input -> Swift.Result<Void, Failure> in
      unsafe stream.next_in = input.baseAddress
      unsafe stream.avail_in = UInt32(input.count)
      while true {
        switch unsafe inflateStep(&stream, into: &output, limit: limit) {
        case Z_STREAM_END: return unsafe stream.avail_in == 0 ? .success(()) : .failure(.malformed)
        case Z_OK where output.count > limit: return .failure(.overLimit)
        case Z_OK: continue
        default: return .failure(.malformed)
        }
      }
    }
    try result.get()
    if output.count > limit { throw .overLimit }
    return output
  }

  private static func inflateStep(
    _ stream: inout z_stream, into output: inout [UInt8], limit: Int
  ) -> Int32 {
    var status = Z_OK
    let capacity = min(stepBytes, limit + 1 - output.count)
    let step = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
      unsafe stream.next_out = buffer.baseAddress
      unsafe stream.avail_out = UInt32(buffer.count)
      status = unsafe inflate(&stream, Z_NO_FLUSH)
      count = capacity - Int(unsafe stream.avail_out)
    }
    output.append(contentsOf: step)
    return status
  }
}
