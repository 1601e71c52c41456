/// What a service tells of its changes, and how another follows it.
///
///     handler ──▶ FeedServer.write ──▶ rows + ChangeLog + RequestLog, one transaction
///                                          │ commit
///     WatchChanges ◀── FeedServer.watch ◀──┘ snapshot, then tail, by cursor
///          │
///     FeedFollower ──▶ FeedSink: rows and cursor of the consumer, one transaction
///
/// The log numbers every change of a service without a gap, in the order of the commits, and dates
/// it; the dates never go back. So its numbers are also the recorded clock of the history that the
/// service keeps: "from 17 until 42" needs no other time. The log is trimmed, the clock never.
///
/// Start at `FeedServer` for a service, at `FeedFollower` for one that follows it.
