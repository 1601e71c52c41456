import Vocabulary

/// Which members a list wants, and in what order. Only what an index serves can be asked.
package struct MemberQuery: Hashable, Sendable {
  package let filter: MemberFilter
  package let order: MemberOrder

  package init(filter: String, orderBy: String, recordedNow: Bool) throws(MembershipError) {
    self.filter = try MemberFilter(filter)
    let allowed = recordedNow ? MemberOrder.allCases : [.displayName]
    let words = orderBy.split(separator: " ").joined(separator: " ")
    let order = words.isEmpty ? .displayName : MemberOrder(rawValue: words)
    guard let order, allowed.contains(order) else {
      throw .orderNotSupported(orderBy, allowed: allowed.map(\.rawValue))
    }
    self.order = order
  }
}

package enum MemberOrder: String, Hashable, Sendable, CaseIterable {
  case displayName = "display_name"
  case population
  case populationDescending = "population desc"
  case updateTimeDescending = "update_time desc"
}

/// Conditions that all must hold.
package struct MemberFilter: Hashable, Sendable {
  /// Id of a section.
  package private(set) var section: String?
  package private(set) var country: String?
  package private(set) var kind: Member.Kind?
  /// 0 asks for those whose status is not known.
  package private(set) var status: Int?

  /// Fields that may stand together, in the order of the alphabet.
  package static let supported: [[String]] = [
    [], ["section"], ["country_code"], ["kind"], ["status"], ["country_code", "section"],
    ["kind", "section"], ["section", "status"],
  ]

  package init(_ text: String) throws(MembershipError) {
    let filter: Filter
    do throws(FilterError) {
      filter = try Filter(text)
    } catch { throw .filterInvalid(error) }
    guard Self.supported.contains(filter.fields) else {
      throw .filterNotSupported(
        filter.fields,
        allowed: Self.supported.filter { !$0.isEmpty }.map { $0.joined(separator: " AND ") })
    }
    for condition in filter.conditions { try take(condition) }
  }

  private mutating func take(_ condition: Filter.Condition) throws(MembershipError) {
    let value = condition.value
    switch condition.field {
    case "section":
      guard value.hasPrefix(Section.namePrefix),
        let id = ResourceID(value.dropFirst(Section.namePrefix.utf8.count))
      else { throw invalid(condition, "a section, as sections/europe") }
      section = id.description
    case "country_code":
      guard let code = CountryCode(value) else {
        throw invalid(condition, "a country of ISO 3166-1, as ES")
      }
      country = code.description
    case "kind":
      guard let named = Member.Kind(name: value) else {
        throw invalid(condition, Member.Kind.allCases.map(\.name).joined(separator: ", "))
      }
      kind = named
    default:
      let named = MemberStatus.allCases.first { $0.name == value }
      guard named != nil || value == "STATUS_UNSPECIFIED" else {
        throw invalid(condition, MemberStatus.allCases.map(\.name).joined(separator: ", "))
      }
      status = named?.rawValue ?? 0
    }
  }

  private func invalid(_ condition: Filter.Condition, _ wanted: String) -> MembershipError {
    let value = condition.value.printable
    return .filterInvalid(
      FilterError(
        column: condition.column,
        "\"\(value)\" is no value of \(condition.field), which has \(wanted)"))
  }
}

extension Member.Kind {
  /// As in the contract.
  package var name: String {
    switch self {
    case .city: "CITY"
    case .region: "REGION"
    case .nationalAssociation: "NATIONAL_ASSOCIATION"
    case .internationalOrganization: "INTERNATIONAL_ORGANIZATION"
    case .associate: "ASSOCIATE"
    case .honorary: "HONORARY"
    }
  }

  fileprivate init?(name: String) {
    guard let kind = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = kind
  }
}
