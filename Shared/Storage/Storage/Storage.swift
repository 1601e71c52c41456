/// One SQL dialect, kept by an engine that acknowledges only what will survive.
///
///     transaction { … } ─▶ queue ─▶ writer: a savepoint each, one COMMIT, one fsync ─▶ answers
///     read { … }        ─▶ queue ─▶ readers: a snapshot each ─▶ answers
///
/// Bodies are synchronous: they cannot wait on the network while they hold a lock, they run on the
/// store's own threads and never on a handler's, and they may run again. Values are bound, never
/// spliced: `"… WHERE id = \(id)"` is an `SQL`, not a string. The SQL keeps to what SQLite and
/// PostgreSQL both take.
///
/// When the disk fails, the store says what it does not know (`outcomeUnknown`), refuses work
/// (`unavailable`, `diskFull`), closes everything, and opens again only with a store that is
/// wholly on disk. Limits are in `StorageLimits`; queues, batches, statements and the log have one.
///
/// Start at `Database` and `SQL`; `SQLite/Writer.swift` is where writes become durable, and
/// `StorageTests` pulls the plug at every write and every fsync.
