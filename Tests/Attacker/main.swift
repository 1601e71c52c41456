// Attacks a server of this machine and says what came of it:
//
//     attacker NAME --port P --seconds S [--connections N]
//     attacker --list
//
// Tests and benchmarks start it, so that what is measured of the server is the server's alone.

import Attacks
import Foundation
import Peers

let arguments = Array(CommandLine.arguments.dropFirst())
if arguments == ["--list"] {
  for attack in Attack.all { print("\(attack.name)\t\(attack.says)") }
  exit(0)
}

do {
  guard let name = arguments.first, let attack = Attack.named(name) else {
    throw Flags.Unusable(description: "name an attack; --list tells them")
  }
  let flags = try Flags(
    Array(arguments.dropFirst()), known: ["port", "seconds", "connections"])
  let outcome = try attack.run(
    port: UInt16(try flags.number("port", 0)), seconds: Double(try flags.number("seconds", 3)),
    connections: try flags.number("connections", 1))
  print("\(name) \(outcome)")
} catch {
  Flags.end(with: error)
}
