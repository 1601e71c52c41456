/// What a store has of its migrations, and what it lacks.
package struct MigrationPlan: Sendable {
  package struct Applied: Hashable, Sendable {
    package let version: Int
    package let name: String
    package let checksum: String
    /// RFC 3339, UTC.
    package let appliedAt: String
  }

  package let applied: [Applied]
  package let pending: [Migration]

  /// Throws when the store is not one that these migrations made.
  init(_ migrations: [Migration], applied: [Applied]) throws(StorageError) {
    for (expected, migration) in zip(1..., migrations) where migration.version != expected {
      throw .migrationsMisnumbered(
        "migration \(migration.title) stands where version \(expected) should: v001_name.sql, "
          + "v002_name.sql and so on")
    }
    let newest = applied.last?.version ?? 0
    guard newest <= migrations.count else {
      throw .newerStore(found: newest, known: migrations.count)
    }
    for (applied, migration) in zip(applied, migrations) {
      guard applied.version == migration.version, applied.checksum == migration.checksum else {
        throw .migrationChanged(migration.title)
      }
    }
    self.applied = applied
    pending = Array(migrations.dropFirst(applied.count))
  }
}

extension MigrationPlan.Applied {
  init(_ row: Row) throws(StorageError) {
    version = try row.integer("version")
    name = try row.text("name")
    checksum = try row.text("checksum")
    appliedAt = try row.text("applied_at")
  }
}
