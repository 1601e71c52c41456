import MembershipDomain
import Storage
import Vocabulary

/// Finds what there is around some rows of an import, with few questions for all of them.
struct ImportLookup {
  let transaction: any Transaction
  let id: MemberImportID

  /// `newIDs` are the names that the rows would give their members.
  func context(around rows: [ImportRow], newIDs: [ResourceID]) throws -> ImportContext {
    var context = ImportContext(sections: try MemberStore(transaction: transaction).sections())
    let identifiers = Set(rows.flatMap(\.member.identifiers).filter(\.isWellFormed))
    context.bearers = try bearers(of: identifiers)
    let named = Set(rows.compactMap(\.id))
    context.members = try members(named.union(context.bearers.values))
    let strangers = rows.filter { row in
      let isThere = row.id.map { context.members[$0] != nil } ?? false
      return !isThere && !row.member.identifiers.contains { context.bearers[$0] != nil }
    }
    let names = Set(strangers.flatMap(\.nameKeys))
    context.namesakes = try namesakes(names)
    let ids = named.union(context.members.keys).union(newIDs)
    try addEarlier(ids.map { .member($0) } + identifiers.map { .identifier($0) }, to: &context)
    try addEarlierNames(names, to: &context)
    return context
  }

  /// Those of the ids that the register has given out.
  func taken(_ ids: [ResourceID]) throws -> Set<ResourceID> {
    guard !ids.isEmpty else { return [] }
    let rows = try transaction.rows(
      "SELECT id FROM member WHERE id IN (\(rounded: ids.map(\.description)))")
    return Set(try rows.compactMap { ResourceID(try $0.text("id")) })
  }

  /// Whether a member or an earlier row has an id.
  func isTaken(_ member: ResourceID) throws -> Bool {
    if try MemberStore(transaction: transaction).contains(member) { return true }
    return try !transaction.rows(
      """
      SELECT 1 FROM member_import_key
      WHERE import = \(id.number) AND claim = \(ImportKey.member(member).description) LIMIT 1
      """
    ).isEmpty
  }

  private func bearers(of identifiers: Set<Identifier>) throws -> [Identifier: ResourceID] {
    var found: [Identifier: ResourceID] = [:]
    for (scheme, group) in Dictionary(grouping: identifiers, by: \.scheme) {
      guard let scheme else { continue }
      try transaction.forEach(Self.bearers(scheme, group.map(\.value))) { row in
        found[Identifier(scheme, try row.text("value"))] = ResourceID(try row.text("id"))
      }
    }
    return found
  }

  /// Members as the register has them now, deleted ones included.
  private func members(_ ids: Set<ResourceID>) throws -> [ResourceID: RegisteredMember] {
    guard !ids.isEmpty else { return [:] }
    var rows: [ResourceID: [MemberRow]] = [:]
    try transaction.forEach(Self.members(ids.map(\.description))) { row in
      let row = try MemberRow(row)
      rows[row.record.id, default: []].append(row)
    }
    return rows.compactMapValues(RegisteredMember.init)
  }

  private func namesakes(_ names: Set<ImportKey>) throws -> [ImportKey: [Namesake]] {
    let words = Set(names.compactMap(\.wholeName))
    guard !words.isEmpty else { return [:] }
    var found: [ImportKey: [Namesake]] = [:]
    try transaction.forEach(Self.namesakes(Array(words))) { row in
      let name = String(decoding: try row.bytes("word").dropFirst(), as: UTF8.self)
      let key = ImportKey.name(name, country: try row.text("country"))
      guard names.contains(key), found[key, default: []].count < ImportContext.maxNamesakes else {
        return
      }
      let record = try MemberRow(row).record
      let member = record.state.member
      found[key, default: []].append(
        Namesake(record.id, location: member.location, identifiers: member.identifiers))
    }
    return found
  }

  private func addEarlier(_ keys: [ImportKey], to context: inout ImportContext) throws {
    try earlierRows(Set(keys)) { key, row in
      let earlier = EarlierRow(try row.int64("number"), of: try member(row))
      if context.earlier[key] == nil { context.earlier[key] = earlier }
    }
  }

  private func addEarlierNames(_ names: Set<ImportKey>, to context: inout ImportContext) throws {
    try earlierRows(names) { key, row in
      guard context.namesakes[key, default: []].count < ImportContext.maxNamesakes else { return }
      let location = try row.realIfPresent("latitude").map {
        Coordinates(latitude: $0, longitude: try row.real("longitude"))
      }
      let identifiers = try row.text("identifiers").split(separator: "\n")
      context.namesakes[key, default: []].append(
        Namesake(
          try member(row), row: try row.int64("number"), location: location,
          identifiers: identifiers.compactMap { Identifier(described: $0) }))
    }
  }

  private func earlierRows(_ keys: Set<ImportKey>, _ body: (ImportKey, Row) throws -> Void) throws {
    guard !keys.isEmpty else { return }
    let byClaim = Dictionary(keys.map { ($0.description, $0) }) { first, _ in first }
    try transaction.forEach(Self.earlier(Array(byClaim.keys), of: id)) { row in
      if let key = byClaim[try row.text("claim")] { try body(key, row) }
    }
  }

  private func member(_ row: Row) throws -> ResourceID {
    guard let id = ResourceID(try row.text("member")) else {
      throw StorageError.damaged("a row of an import has a key and no member")
    }
    return id
  }
}

// What is asked. Each is served by an index, however long the lists are.

extension ImportLookup {
  static func bearers(_ scheme: Identifier.Scheme, _ values: [String]) -> SQL {
    """
    SELECT i.value, m.id FROM member_identifier i JOIN member m ON m.number = i.member
    WHERE i.scheme = \(scheme.rawValue) AND i.value IN (\(rounded: values))
      AND i.recorded_until = 9223372036854775807
    """
  }

  static func members(_ ids: [String]) -> SQL {
    """
    SELECT \(MemberRow.columns(nil)) FROM member m
    JOIN member_revision r ON r.member = m.number
    WHERE m.id IN (\(rounded: ids)) AND \(MemberRow.holdsNow)
    """
  }

  /// By whole names, as the register keeps them.
  static func namesakes(_ words: [[UInt8]]) -> SQL {
    """
    SELECT n.word, r.country, \(MemberRow.columns(nil)) FROM member_name n
    JOIN member_revision r ON r.member = n.member AND r.recorded_from = n.recorded_from
      AND r.valid_from = n.valid_from
    WHERE n.word IN (\(rounded: words)) AND \(MemberRow.holdsNow) AND r.deleted_at IS NULL
    ORDER BY n.word, n.member
    """
  }

  static func earlier(_ claims: [String], of id: MemberImportID) -> SQL {
    """
    SELECT k.claim, k.latitude, k.longitude, k.identifiers, r.number, r.member
    FROM member_import_key k
    JOIN member_import_row r ON r.import = k.import AND r.place = k.place
    WHERE k.import = \(id.number) AND k.claim IN (\(rounded: claims))
    ORDER BY k.claim, k.place
    """
  }
}

extension ImportRow {
  fileprivate var nameKeys: [ImportKey] {
    names.map { .name($0, country: member.countryCode) }
  }
}

extension ImportKey {
  /// As the register keeps whole names.
  fileprivate var wholeName: [UInt8]? {
    guard case .name(let name, _) = self else { return nil }
    return [1] + Array(name.utf8)
  }
}

extension Identifier {
  fileprivate var isWellFormed: Bool { violations("", country: "").isEmpty }

  /// Of its `description`.
  fileprivate init?(described text: some StringProtocol) {
    let parts = text.split(separator: " ", maxSplits: 1)
    guard parts.count == 2,
      let scheme = Scheme.allCases.first(where: { $0.name == parts[0] })
    else { return nil }
    self.init(scheme, String(parts[1]))
  }
}

extension RegisteredMember {
  fileprivate init?(_ rows: [MemberRow]) {
    guard let first = rows.first?.record else { return nil }
    self.init(
      id: first.id, uid: first.uid, version: first.version, isDeleted: first.deleteTime != nil,
      timeline: Timeline(rows.map { .init($0.record.period, $0.record.state) }))
  }
}

extension SQL.Parts {
  /// Binds each value, and the last again up to the next power of two: lists of all lengths make
  /// few statements, which stay prepared.
  fileprivate mutating func appendInterpolation(rounded values: [some SQLBindable]) {
    guard let last = values.last else { return appendInterpolation(SQL("NULL")) }
    var count = 1
    while count < values.count { count *= 2 }
    appendInterpolation(
      list: values + Array(repeating: last, count: count - values.count))
  }
}
