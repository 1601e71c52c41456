import ChangeFeed
import MembershipDomain
import Vocabulary

// Places in lists as page tokens hold them. A token that has passed its checks and yet holds
// something else was made by hand.

extension MemberListing.Place {
  init?(_ token: PageToken?) throws(MembershipError) {
    guard let token else { return nil }
    guard token.key.count == 2, case .integer(let number) = token.key[1] else {
      throw .pageTokenInvalid
    }
    self.init(key: token.key[0], number: number)
  }

  var token: [PageToken.Value] { [key, .integer(number)] }
}

extension MemberSearch.Place {
  init?(_ token: PageToken?) throws(MembershipError) {
    guard let token else { return nil }
    guard token.key.count == 3, case .integer(let isWhole) = token.key[0],
      case .integer(let population) = token.key[1], case .integer(let number) = token.key[2]
    else { throw .pageTokenInvalid }
    self.init(isWhole: isWhole, population: population, number: number)
  }

  var token: [PageToken.Value] { [.integer(isWhole), .integer(population), .integer(number)] }
}

extension MemberReader.RevisionPlace {
  init?(_ token: PageToken?) throws(MembershipError) {
    guard let token else { return nil }
    guard token.key.count == 2, case .integer(let recorded) = token.key[0],
      case .integer(let valid) = token.key[1]
    else { throw .pageTokenInvalid }
    self.init(recordedFrom: recorded, validFrom: valid)
  }

  init(_ record: MemberRecord) {
    self.init(
      recordedFrom: record.recordedFrom.microseconds, validFrom: Int64(record.period.from.number))
  }

  var token: [PageToken.Value] { [.integer(recordedFrom), .integer(validFrom)] }
}
