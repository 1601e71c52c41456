import ChangeFeed
import Storage

/// The steps of the store's schema, in order. One that was released is never edited.
enum MembershipSchema {
  static let migrations = [
    Migration(file: "v001_members.sql", PackageResources.v001_members_sql),
    ChangeLog.migration(version: 2),
    Migration(file: "v003_member_imports.sql", PackageResources.v003_member_imports_sql),
  ]
}
