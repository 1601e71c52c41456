import Messages
import WellKnown

extension MembershipV1.Member {
  static let columns: [Column<Self>] = [
    Column("NAME") { ResourceName.short($0.name) },
    Column("SHOWN NAME") { $0.shownName?.marked ?? $0.displayName?.text ?? "" },
    Column("KIND") { $0.kind.word },
    Column("COUNTRY CODE") { $0.countryCode },
    Column("SECTION") { ResourceName.short($0.section) },
    Column("STATUS") { $0.deleteTime == nil ? $0.status.word : "deleted" },
    Column("POPULATION", key: "population.inhabitants", isNumber: true) {
      $0.population.map { "\($0.inhabitants)" } ?? ""
    },
    Column("POPULATION DATE", key: "population.date", isDetail: true) {
      $0.population?.date?.text ?? ""
    },
    Column("POPULATION SOURCE", key: "population.source", isDetail: true) {
      $0.population?.source ?? ""
    },
    Column("LEVEL", isDetail: true) { $0.level.word },
    Column("DISPLAY NAME", isDetail: true) { $0.displayName?.text ?? "" },
    Column("ORIGINAL LANGUAGE", isDetail: true) { $0.displayName?.originalLanguage ?? "" },
    Column("LATITUDE", key: "location.latitude", isNumber: true, isDetail: true) {
      $0.location.map { "\($0.latitude)" } ?? ""
    },
    Column("LONGITUDE", key: "location.longitude", isNumber: true, isDetail: true) {
      $0.location.map { "\($0.longitude)" } ?? ""
    },
    Column("LANGUAGES", isDetail: true) { ListText.join($0.languages) },
    Column("IDENTIFIERS", isDetail: true) { ListText.join($0.identifiers.map(\.text)) },
    Column("STATUS STEPS", isDetail: true) { ListText.join($0.statusSteps.map(\.text)) },
    Column("ACCESS LEVEL", isDetail: true) { $0.accessLevel.word },
    Column("SOURCES", isDetail: true) { ListText.join($0.sources.map(\.text)) },
    Column("VALID PERIOD", isDetail: true) { $0.validPeriod?.text ?? "" },
    Column("CREATE TIME", isDetail: true) { $0.createTime?.text ?? "" },
    Column("UPDATE TIME", isDetail: true) { $0.updateTime?.text ?? "" },
    Column("DELETE TIME", isDetail: true) { $0.deleteTime?.text ?? "" },
    Column("UID", isDetail: true) { $0.uid },
    Column("ETAG", isDetail: true) { $0.etag },
  ]
}

extension MembershipV1.MemberRevision {
  static let columns: [Column<Self>] = [
    Column("RECORDED FROM") { $0.recordedFrom?.text ?? "" },
    Column("RECORDED UNTIL") { $0.recordedUntil?.text ?? "" },
    Column("VALID PERIOD") { $0.member?.validPeriod?.text ?? "" },
    Column("SHOWN NAME") { $0.member?.shownName?.marked ?? "" },
    Column("STATUS") { $0.member?.deleteTime == nil ? $0.member?.status.word ?? "" : "deleted" },
    Column("POPULATION", isNumber: true) {
      $0.member?.population.map { "\($0.inhabitants)" } ?? ""
    },
    Column("SECTION", isDetail: true) { ResourceName.short($0.member?.section ?? "") },
    Column("REQUEST ID", isDetail: true) { $0.requestId },
    Column("ETAG", isDetail: true) { $0.member?.etag ?? "" },
  ]
}

extension MembershipV1.ImportEntry {
  static let columns: [Column<Self>] = [
    Column("ROW", isNumber: true) { "\($0.row)" },
    Column("ACTION") { $0.action.word },
    Column("MEMBER") { ResourceName.short($0.member) },
    Column("NEW MEMBER") { ResourceName.short($0.newMember) },
    Column("CHANGES") { ListText.join($0.changes) },
    Column("PROBLEMS") { ListText.join($0.problems.map(\.text)) },
  ]
}
