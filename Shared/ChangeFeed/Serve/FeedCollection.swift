package import Storage

/// One type of resources of a feed, and how a snapshot reads them.
package struct FeedCollection: Sendable {
  /// Hands over, in ascending order of the bytes of their names, up to `limit` resources behind
  /// `after` as they were at the page's point; none says that there are no more. One that was
  /// deleted then is left out. Runs in a read; what the handing over throws has to get through.
  package typealias Reader =
    @Sendable (any Transaction, SnapshotPage, (SnapshotResource) throws -> Void) throws -> Void

  /// Full name of the resource's message.
  package let type: String
  /// What the names of its resources begin with.
  let namePrefix: String
  let read: Reader

  package init(_ type: String, named namePrefix: String, read: @escaping Reader) {
    self.type = type
    self.namePrefix = namePrefix
    self.read = read
  }

  /// How cursors call it.
  var tag: UInt32 { Fingerprint.short([type]) }

  /// Whether a snapshot can have come that far: to no name yet, or to one of this collection.
  func isPlace(_ name: String) -> Bool {
    name.isEmpty || name.utf8.starts(with: namePrefix.utf8)
  }

  /// One page, ended early by its bytes. A reader that breaks its promises is found out here:
  /// otherwise a consumer would lose resources, or never reach the end.
  func resources(_ page: SnapshotPage, _ transaction: any Transaction, bytes limit: Int) throws
    -> [SnapshotResource]
  {
    var resources: [SnapshotResource] = []
    var bytes = 0
    do {
      try read(transaction, page) { resource in
        let last = resources.last?.name ?? page.after
        guard last.utf8.lexicographicallyPrecedes(resource.name.utf8) else {
          throw StorageError.failed("the snapshot of \(type) has \(resource.name) after \(last)")
        }
        resources.append(resource)
        bytes += resource.payload.count
        if bytes >= limit || resources.count >= page.limit { throw PageIsFull() }
      }
    } catch is PageIsFull {}
    return resources
  }
}

/// Which part of a snapshot is wanted.
package struct SnapshotPage: Sendable, Hashable {
  /// What the snapshot shows: everything up to here and nothing later.
  package let point: FeedPoint
  /// The name before the first; empty at the beginning.
  package let after: String
  package let limit: Int
}

/// A resource as it was at the point of a snapshot.
package struct SnapshotResource: Sendable, Hashable {
  package var name: String
  package var payload: [UInt8]
  package var etag: String
  /// Who may see it, in the words of `ResourceChange.access`.
  package var access: String
  /// Of its last change.
  package var lastChange: FeedPoint

  package init(
    name: String, payload: [UInt8], etag: String, access: String, lastChange: FeedPoint
  ) {
    self.name = name
    self.payload = payload
    self.etag = etag
    self.access = access
    self.lastChange = lastChange
  }
}

/// What a caller may see of a feed.
package struct FeedView: Sendable {
  /// Names the rights: a cursor that was given to others is refused. The same rights have the same
  /// name over time.
  package let scope: String
  /// Whether the caller may see a resource of this access.
  let sees: @Sendable (_ access: String) -> Bool

  package init(_ scope: String, sees: @escaping @Sendable (_ access: String) -> Bool) {
    self.scope = scope
    self.sees = sees
  }

  package static let everything = FeedView("everything") { _ in true }

  func tag(_ collections: [FeedCollection]) -> UInt32 {
    Fingerprint.short([scope] + collections.map(\.type).sorted())
  }
}
