import ArgumentParser
import Messages

/// `es=Bilbao`: a text and its language.
struct LanguageText: ExpressibleByArgument {
  let language: String
  let text: String

  init?(argument: String) {
    let parts = argument.split(separator: "=", maxSplits: 1)
    guard parts.count == 2 else { return nil }
    language = String(parts[0])
    text = String(parts[1])
  }
}

/// `wikidata=Q8692`.
struct IdentifierArgument: ExpressibleByArgument {
  let value: MembershipV1.Member.Identifier

  init?(argument: String) {
    guard let value = MembershipV1.Member.Identifier(text: argument) else { return nil }
    self.value = value
  }
}

/// `2019-06-30`, `2019-06`, `2019-S1`, `2019` or `tbc`.
struct PartialDateArgument: ExpressibleByArgument {
  let value: TypeV1.PartialDate

  init?(argument: String) {
    guard let value = TypeV1.PartialDate(text: argument) else { return nil }
    self.value = value
  }
}

extension GlobalOptions {
  /// For what is done here and now, whatever the server would say.
  func refuseDryRun() throws {
    if dryRun { throw ValidationError("--dry-run has no meaning here: nothing would check it") }
  }

  /// For writes: they have dates of their own.
  func refuseAsOf() throws {
    guard asOf == nil, recordedAsOf == nil else {
      throw ValidationError(
        "--as-of is for reads that have it; a write has --effective-date")
    }
  }
}
