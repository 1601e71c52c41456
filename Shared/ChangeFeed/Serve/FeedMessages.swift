internal import Messages
internal import WellKnown

// Between the log and the wire: who may see what is decided here.

extension FeedV1.Change {
  /// The change as a caller may hear of it; nil when it does not concern the caller.
  init?(_ entry: FeedEntry, _ view: FeedView) {
    let change = entry.change
    let sawIt = change.accessBefore.map(view.sees) ?? false
    let seesIt = change.payload != nil && view.sees(change.access)
    guard sawIt || seesIt else { return nil }
    self.init(
      sequence: entry.sequence, kind: change.kind.message,
      recordedTime: entry.recordedTime.timestamp, resourceName: change.name,
      resourceType: change.type)
    guard seesIt || change.payload == nil else {
      // It is there, but no longer for this caller, who is not told what was done to it.
      kind = .deleted
      return
    }
    etag = change.etag
    requestId = change.requestID
    guard let payload = change.payload else { return }
    resource = .init(type: change.type, payload)
    if !sawIt, change.kind == .updated { kind = .created }
  }

  init(_ resource: SnapshotResource, type: String) {
    self.init(
      sequence: resource.lastChange.sequence, kind: .snapshot,
      recordedTime: resource.lastChange.recordedTime.timestamp, resourceName: resource.name,
      resourceType: type, resource: .init(type: type, resource.payload), etag: resource.etag)
  }
}

extension GoogleProtobuf.`Any` {
  fileprivate init(type: String, _ payload: [UInt8]) {
    self.init(typeUrl: "type.googleapis.com/\(type)", value: payload)
  }
}

extension ResourceChange.Kind {
  fileprivate var message: FeedV1.Change.Kind {
    switch self {
    case .created: .created
    case .updated: .updated
    case .deleted: .deleted
    case .undeleted: .undeleted
    }
  }
}

extension GoogleProtobuf.Duration {
  /// Nil for what is no duration.
  var duration: Swift.Duration? {
    guard seconds.magnitude <= 315_576_000_000, nanos.magnitude < 1_000_000_000,
      seconds.signum() * Int64(nanos.signum()) >= 0
    else { return nil }
    return .seconds(seconds) + .nanoseconds(nanos)
  }
}
