import ChangeFeed
import MembershipDomain
package import Messages
package import RPC
import ResourceAPI
import Storage
import Vocabulary

// The sections of the organization.

extension MembershipAPI {
  package func getSection(_ request: MembershipV1.GetSectionRequest, _ context: CallContext)
    async throws -> MembershipV1.Section
  {
    var fields = RequestFields()
    let id = fields.id(request.name, in: Section.namePrefix, "name")
    let languages = fields.languages(request.languageCode, context)
    guard let id else { throw RPCError.invalid(fields.violations) }
    try fields.check()
    let record = try await database.read { try SectionStore(transaction: $0).find(id) }
    guard let record else { throw MembershipError.sectionNotFound(request.name) }
    return MembershipV1.Section(record, shown: languages)
  }

  package func listSections(_ request: MembershipV1.ListSectionsRequest, _ context: CallContext)
    async throws -> MembershipV1.ListSectionsResponse
  {
    var fields = RequestFields()
    let size = fields.pageSize(request.pageSize)
    let languages = fields.languages(request.languageCode, context)
    try fields.check()
    let binding = "ListSections"
    let after = try SectionStore.place(try pageToken(request.pageToken, for: binding))
    let records = try await database.read {
      try SectionStore(transaction: $0).list(after: after, limit: size + 1)
    }
    let page = PagedItems(records, size: size) { $0.byteCount }
    return MembershipV1.ListSectionsResponse(
      sections: page.items.map { MembershipV1.Section($0, shown: languages) },
      nextPageToken: page.nextToken(for: binding) { [.bytes(Array($0.id.description.utf8))] })
  }

  package func createSection(_ request: MembershipV1.CreateSectionRequest, _ context: CallContext)
    async throws -> MembershipV1.Section
  {
    let caller = try context.registrar()
    var fields = RequestFields()
    let givenID = fields.newID(request.sectionId, "section_id")
    let languages = fields.languages(request.languageCode, context)
    try fields.check()
    let key = try RequestKey(
      request.requestId, of: request,
      MembershipV1.MembershipServiceMethods.createSection.name, caller: caller)
    var noted: [Violation] = []
    let section = Section(request.section ?? MembershipV1.Section(), &noted).normalized
    let violations = section.violations(noted: noted)
    guard violations.isEmpty else { throw MembershipError.invalid("section", violations) }
    let id = givenID ?? ResourceID(from: section.displayName.original, prefix: Self.sectionPrefix)

    return try await feed.write(once: key, validateOnly: request.validateOnly) { transaction, log in
      let store = SectionStore(transaction: transaction)
      guard try store.find(id) == nil else { throw MembershipError.sectionExists(id) }
      let record = try store.insert(id, section, log, requestID: key?.id ?? "")
      return MembershipV1.Section(record, shown: languages)
    }
  }

  private static let sectionPrefix = ResourceID("section")!
}

extension SectionStore {
  /// The id that a page goes on behind; empty on the first.
  fileprivate static func place(_ token: PageToken?) throws(MembershipError) -> String {
    guard let token else { return "" }
    guard token.key.count == 1, case .bytes(let id) = token.key[0] else { throw .pageTokenInvalid }
    return String(decoding: id, as: UTF8.self)
  }
}
