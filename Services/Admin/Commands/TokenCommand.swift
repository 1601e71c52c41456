import ArgumentParser
import Auth
import Foundation

struct TokenCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "token", abstract: "Makes keys, and tokens that say who calls.",
    discussion: """
      A token is signed with the deployment's private key; services check it with the public one, \
      without asking anybody. Everything here is done on this machine.
      """,
    subcommands: [TokenKeygen.self, TokenIssue.self, TokenInspect.self])
}

struct TokenKeygen: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keygen", abstract: "Makes a key that signs tokens.",
    discussion: """
      Writes two new files, PEM; the private one is its owner's alone. Files that are there stay.

      Example:
      $ cabildo token keygen --private signing.pem --public public.pem
      """)

  @Option(help: "The file for the key that signs.", completion: .file())
  var `private`: String

  @Option(help: "The file for the key that services check with.", completion: .file())
  var `public`: String

  @OptionGroup(visibility: .hidden) var global: GlobalOptions

  func validate() throws { try global.refuseDryRun() }

  func run() async throws {
    let key = SigningKey.make()
    do throws(KeyFileError) {
      try key.write(to: `private`)
      try key.verificationKeys.write(to: `public`)
    } catch { throw UsageError("\(error)", advice: nil) }
    Terminal.tell("Made the key \(key.id).")
  }
}

struct TokenIssue: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "issue", abstract: "Prints a token.",
    discussion: """
      Roles are reader (reads every record), registrar (writes members too) and operator (calls \
      that concern the running of services). A token cannot be taken back: give it a short life.

      Example:
      $ cabildo token issue --key signing.pem --subject me --role registrar --expires-in 8h
      """)

  private static let longest = Duration.seconds(400 * 86_400)

  @Option(help: "The file of the key that signs.", completion: .file())
  var key: String

  @Option(help: "Whom it speaks for: opaque, no name of a person.")
  var subject: String

  @Option(help: "What its bearer may do; again for more.")
  var role: [Role]

  @Option(help: "How long it is good: 30m, 8h, 30d.")
  var expiresIn: TimeSpan

  @OptionGroup(visibility: .hidden) var global: GlobalOptions

  func validate() throws {
    try global.refuseDryRun()
    if subject.isEmpty { throw ValidationError("--subject is empty") }
    if expiresIn.duration > Self.longest || expiresIn.duration < .seconds(1) {
      throw ValidationError("--expires-in is a second at least and 400d at most")
    }
  }

  func run() async throws {
    let signing: SigningKey
    do throws(KeyFileError) {
      signing = try SigningKey(file: key)
    } catch { throw UsageError("\(error)", advice: nil) }
    let principal = Principal(subject: subject, roles: Set(role))
    try Terminal.writeLine(
      TokenIssuer(signing).token(for: principal, validFor: expiresIn.duration))
  }
}

struct TokenInspect: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Tells what a token says, and whether it is good.",
    discussion: """
      Of the file, else of the token that calls would carry. The dates are checked, and with \
      --keys the signature; ends with 5 when it is not good now. The token itself is never shown.

      Examples:
      $ cabildo token inspect --keys public.pem
      $ cabildo token inspect -o json
      """)

  @Argument(help: "A file that holds a token.", completion: .file())
  var file: String?

  @Option(
    name: [.customLong("keys"), .customLong("public")],
    help: "The public keys to check the signature with.", completion: .file())
  var keys: String?

  @OptionGroup(visibility: .hidden) var global: GlobalOptions

  func run() async throws {
    var global = global
    if let file { global.tokenFile = file }
    guard let token = try ConnectionSettings(global, contexts: .read()).token else {
      throw UsageError("there is no token", advice: "Name a file, or set CABILDO_TOKEN_FILE.")
    }
    let claims = try TokenClaims(token)
    let refusal =
      if let keys {
        try Self.refusal(of: token, keys)
      } else {
        TokenVerifier.refusal(ofClaimsIn: token, at: Int64(Date.now.timeIntervalSince1970))
      }
    let verdict =
      if let refusal {
        "\(refusal.sentence) (\(refusal.reason))"
      } else {
        keys == nil ? "good by its dates; signature not checked" : "good"
      }
    try PlainRows(titles: ["CLAIM", "VALUE"], rows: claims.rows + [["check", verdict]])
      .write(global.output)
    if refusal != nil { throw Ending(status: .permission) }
  }

  /// Nil where it is good.
  private static func refusal(of token: String, _ keys: String) throws -> TokenRefusal? {
    do {
      _ = try TokenVerifier(VerificationKeys(file: keys)).verify(token)
      return nil
    } catch let error as KeyFileError {
      throw UsageError("\(error)", advice: nil)
    } catch let error as TokenRefusal {
      return error
    }
  }
}

extension Role: ExpressibleByArgument {}
