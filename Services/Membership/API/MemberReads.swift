import ChangeFeed
import MembershipDomain
package import Messages
package import RPC
import ResourceAPI
import Storage
import Vocabulary
import WellKnown

// Questions about members.

extension MembershipAPI {
  package func getMember(_ request: MembershipV1.GetMemberRequest, _ context: CallContext)
    async throws -> MembershipV1.Member
  {
    var fields = RequestFields()
    let id = fields.id(request.name, in: MemberRecord.namePrefix, "name")
    let languages = fields.languages(request.languageCode, context)
    let question = Question(request.asOf, &fields, clock(), context)
    guard let id else { throw RPCError.invalid(fields.violations) }
    try fields.check()
    let record = try await question.ask(feed) { try $0.get(id, $1) }
    guard let record else { throw MembershipError.memberNotFound(request.name) }
    return MembershipV1.Member(record, shown: languages)
  }

  package func lookupMember(_ request: MembershipV1.LookupMemberRequest, _ context: CallContext)
    async throws -> MembershipV1.Member
  {
    var fields = RequestFields()
    var violations: [Violation] = []
    let identifier = Identifier(
      request.identifier ?? MembershipV1.Member.Identifier(), "identifier", &violations
    ).normalized
    if violations.isEmpty { violations = identifier.violations("identifier", country: "") }
    for violation in violations { fields.note(violation) }
    let languages = fields.languages(request.languageCode, context)
    let question = Question(request.asOf, &fields, clock(), context)
    try fields.check()
    let record = try await question.ask(feed) { try $0.lookup(identifier, $1) }
    guard let record else {
      throw MembershipError.memberNotFound(
        "member with \(identifier.scheme?.name ?? "") \(identifier.value)")
    }
    return MembershipV1.Member(record, shown: languages)
  }

  package func listMembers(_ request: MembershipV1.ListMembersRequest, _ context: CallContext)
    async throws -> MembershipV1.ListMembersResponse
  {
    var fields = RequestFields()
    let size = fields.pageSize(request.pageSize)
    let languages = fields.languages(request.languageCode, context)
    let question = Question(request.asOf, &fields, clock(), context)
    try fields.check()
    let query = try MemberQuery(
      filter: request.filter, orderBy: request.orderBy, recordedNow: question.recorded == nil)
    let binding = "ListMembers \(query) \(request.showDeleted) \(question.binding)"
    let place = try MemberListing.Place(pageToken(request.pageToken, for: binding))
    let showDeleted = request.showDeleted
    let entries = try await question.ask(feed) { reader, asOf in
      let listing = MemberListing(
        query: query, asOf: asOf, showDeleted: showDeleted, clearance: reader.clearance)
      return try listing.page(reader.transaction, after: place, limit: size + 1)
    }
    let page = PagedItems(entries, size: size) { $0.record.byteCount }
    return MembershipV1.ListMembersResponse(
      members: page.items.map { MembershipV1.Member($0.record, shown: languages) },
      nextPageToken: page.nextToken(for: binding) { $0.place.token })
  }

  package func searchMembers(_ request: MembershipV1.SearchMembersRequest, _ context: CallContext)
    async throws -> MembershipV1.SearchMembersResponse
  {
    var fields = RequestFields()
    let size = fields.pageSize(request.pageSize)
    let languages = fields.languages(request.languageCode, context)
    let words = searchWords(request.query, &fields)
    let question = Question(request.asOf, &fields, clock(), context)
    try fields.check()
    let binding = "SearchMembers \(words.joined) \(question.binding)"
    let place = try MemberSearch.Place(pageToken(request.pageToken, for: binding))
    let entries = try await question.ask(feed) { reader, asOf in
      let search = MemberSearch(query: words, asOf: asOf, clearance: reader.clearance)
      return try search.page(reader.transaction, after: place, limit: size + 1)
    }
    let page = PagedItems(entries, size: size) { $0.record.byteCount }
    return MembershipV1.SearchMembersResponse(
      members: page.items.map { MembershipV1.Member($0.record, shown: languages) },
      nextPageToken: page.nextToken(for: binding) { $0.place.token })
  }

  private func searchWords(_ query: String, _ fields: inout RequestFields) -> FoldedText {
    for violation in TextRule(maxBytes: Member.maxNameBytes).violations("query", query) {
      fields.note(violation)
    }
    let words = FoldedText(query)
    if fields.violations.isEmpty, words.words.isEmpty {
      fields.note(Violation("query", .required, "there is no word in it"))
    }
    if words.words.count > MemberSearch.maxWords {
      fields.note(Violation("query", .tooMany, "at most \(MemberSearch.maxWords) words"))
    }
    return words
  }

  package func listMemberRevisions(
    _ request: MembershipV1.ListMemberRevisionsRequest, _ context: CallContext
  ) async throws -> MembershipV1.ListMemberRevisionsResponse {
    var fields = RequestFields()
    let id = fields.id(request.parent, in: MemberRecord.namePrefix, "parent")
    let size = fields.pageSize(request.pageSize)
    let languages = fields.languages(request.languageCode, context)
    let question = Question(nil, &fields, clock(), context)
    guard let id else { throw RPCError.invalid(fields.violations) }
    try fields.check()
    let binding = "ListMemberRevisions \(id) \(question.binding)"
    let place = try MemberReader.RevisionPlace(pageToken(request.pageToken, for: binding))
    let records = try await question.ask(feed) { reader, _ in
      try reader.revisions(of: id, after: place, limit: size + 1)
    }
    guard !records.isEmpty || place != nil else {
      throw MembershipError.memberNotFound(request.parent)
    }
    let page = PagedItems(records, size: size) { $0.byteCount }
    return MembershipV1.ListMemberRevisionsResponse(
      revisions: page.items.map { MembershipV1.MemberRevision($0, shown: languages) },
      nextPageToken: page.nextToken(for: binding) { MemberReader.RevisionPlace($0).token })
  }

  /// Where the page goes on; nil on the first.
  func pageToken(_ text: String, for query: String) throws(MembershipError) -> PageToken? {
    guard !text.isEmpty else { return nil }
    do throws(PageToken.Fault) {
      return try PageToken(text, for: query)
    } catch {
      switch error {
      case .invalid: throw .pageTokenInvalid
      case .ofAnotherQuery: throw .pageTokenMismatch
      }
    }
  }
}
