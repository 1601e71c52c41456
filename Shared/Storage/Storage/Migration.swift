/// One step of a store's schema: applied once, in order, and never changed after.
package struct Migration: Hashable, Sendable {
  package let version: Int
  package let name: String
  package let sql: String

  package init(version: Int, name: String, sql: String) {
    self.version = version
    self.name = name
    self.sql = sql
  }

  /// A file as `.embedInCode` holds it, by its name: `v001_roll.sql` is version 1, "roll".
  package init(file: String, _ text: [UInt8]) {
    let stem = file.hasSuffix(".sql") ? file.dropLast(4) : ""
    let parts = stem.split(separator: "_", maxSplits: 1)
    let version = parts.first?.first == "v" ? Int(parts[0].dropFirst()) : nil
    self.init(
      version: version ?? 0, name: parts.count == 2 ? String(parts[1]) : file,
      sql: String(decoding: text, as: UTF8.self))
  }

  /// As it is called in errors and lists, `v001_roll`.
  package var title: String {
    let digits = String(version)
    return "v" + String(repeating: "0", count: max(0, 3 - digits.count)) + digits + "_" + name
  }

  /// FNV-1a in 128 bits: against edits made by mistake, not against forgers.
  package var checksum: String {
    var hash: UInt128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d
    for byte in sql.utf8 {
      hash = (hash ^ UInt128(byte)) &* 0x0000_0000_0100_0000_0000_0000_0000_013b
    }
    return String(hash, radix: 16)
  }
}
