package import Protobuf

/// What became of one resource in a write, as the log keeps it. It does not say who did it.
package struct ResourceChange: Sendable, Hashable {
  package enum Kind: String, Sendable, CaseIterable {
    case created, updated, deleted, undeleted
  }

  package var kind: Kind
  /// `members/bilbao`.
  package var name: String
  /// Full name of the resource's message, `cabildo.membership.v1.Member`.
  package var type: String
  /// The encoded resource after the change; nil when it is deleted.
  package var payload: [UInt8]?
  package var etag: String
  /// The `request_id` of the write; empty where its caller gave none.
  package var requestID: String
  /// Who may see the resource after the change, in the service's own words, `PUBLIC`.
  package var access: String
  /// The same of before; nil when there was nothing to see. Whoever could see the resource and no
  /// longer can is told that it is gone.
  package var accessBefore: String?

  /// The resource is there after the change.
  package init<Resource: Message>(
    _ kind: Kind, _ name: String, _ resource: Resource, etag: String, access: String,
    accessBefore: String?, requestID: String = ""
  ) {
    self.init(
      kind, name, type: Resource.messageName, payload: resource.encoded(), etag: etag,
      access: access, accessBefore: accessBefore, requestID: requestID)
  }

  /// The resource is gone.
  package init(
    deleted name: String, type: String, etag: String, accessBefore: String?,
    requestID: String = ""
  ) {
    self.init(
      .deleted, name, type: type, payload: nil, etag: etag, access: accessBefore ?? "",
      accessBefore: accessBefore, requestID: requestID)
  }

  init(
    _ kind: Kind, _ name: String, type: String, payload: [UInt8]?, etag: String, access: String,
    accessBefore: String?, requestID: String
  ) {
    self.kind = kind
    self.name = name
    self.type = type
    self.payload = payload
    self.etag = etag
    self.requestID = requestID
    self.access = access
    self.accessBefore = accessBefore
  }
}

/// A change with its place in the order of all.
package struct FeedEntry: Sendable, Hashable {
  package let sequence: Int64
  package let recordedTime: RecordedTime
  package let change: ResourceChange

  /// About what it takes in memory.
  var byteCount: Int {
    (change.payload?.count ?? 0) + change.name.utf8.count + change.etag.utf8.count + 256
  }
}

/// A place in the log: everything up to a sequence, which was recorded at a time. Zero is the
/// place before the first change.
package struct FeedPoint: Sendable, Hashable {
  package var sequence: Int64
  package var recordedTime: RecordedTime

  package init(sequence: Int64, recordedTime: RecordedTime) {
    self.sequence = sequence
    self.recordedTime = recordedTime
  }

  package static let start = FeedPoint(sequence: 0, recordedTime: .origin)
}
