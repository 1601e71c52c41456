import Foundation
import Protobuf
import TestMessages
import Testing
import WellKnown

@testable import DynamicMessages

/// The codec of types known at run time against the generated one, on random and damaged messages.
///
/// `CABILDO_VALUES` sets how many, `CABILDO_SEED` which.
@Suite struct DifferentialTests {
  private typealias Everything = TestingV1.Everything

  private static let environment = ProcessInfo.processInfo.environment
  private static let count = environment["CABILDO_VALUES"].flatMap { Int($0) } ?? 3_000
  private static let seed =
    environment["CABILDO_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0...UInt64.max)

  private let registry = MessageRegistry(TestMessagesRegistry.messages)
  private let pool: DescriptorPool

  init() throws { pool = try .everything() }

  /// What came of it: a text or the sentence of a refusal.
  private enum Outcome: Equatable {
    case text(String)
    case refused(String)

    init(_ body: () throws -> String) {
      do { self = .text(try body()) } catch { self = .refused("\(error)") }
    }

    var isRefusal: Bool {
      if case .refused = self { true } else { false }
    }
  }

  private func generatedJSON(_ bytes: [UInt8]) -> Outcome {
    Outcome {
      try Everything(decoding: bytes).jsonString(JSONEncodingOptions(registry: registry))
    }
  }

  private func dynamicJSON(_ bytes: [UInt8]) -> Outcome {
    Outcome { try pool.json(bytes, as: Everything.messageName).text }
  }

  private func generatedBytes(_ json: String) -> Outcome {
    Outcome {
      hex(try Everything(json: json, JSONDecodingOptions(registry: registry)).encoded())
    }
  }

  private func dynamicBytes(_ json: String) -> Outcome {
    Outcome {
      var parser = JSONParser(.standard)
      return hex(
        try pool.encode(parser.parse(Array(json.utf8).span), as: Everything.messageName))
    }
  }

  private func randomValues() -> RandomMessages {
    RandomMessages(pool: pool, random: SeededGenerator(seed: Self.seed))
  }

  @Test("Random values: the same JSON of the same bytes, and the same bytes of the same JSON")
  func values() throws {
    var values = randomValues()
    var withoutJSON = 0
    for index in 0..<Self.count {
      let bytes = values.message(Everything.messageName, share: index % 30 + 1).encoded()
      #expect(try hex(Everything(decoding: bytes).encoded()) == hex(bytes))
      let json = generatedJSON(bytes)
      try #require(json == dynamicJSON(bytes), "seed \(Self.seed), value \(index)")
      guard case .text(let text) = json else {
        withoutJSON += 1
        continue
      }
      let encoded = generatedBytes(text)
      #expect(!encoded.isRefusal)
      try #require(encoded == dynamicBytes(text), "seed \(Self.seed), value \(index)")
    }
    #expect(withoutJSON < Self.count / 2, "most values have a JSON form")
    let fields = Set(try #require(pool.message(Everything.messageName)).fields.map(\.number))
    #expect(values.seen == fields, "every field was met")
  }

  @Test("Damaged bytes are taken or refused alike, and mean the same")
  func damagedBytes() throws {
    var values = randomValues()
    var refused = 0
    for index in 0..<Self.count {
      var bytes = values.message(Everything.messageName, share: index % 10 + 1).encoded()
      damage(&bytes, &values.random)
      let generated = generatedJSON(bytes)
      let dynamic = dynamicJSON(bytes)
      if generated.isRefusal {
        refused += 1
        #expect(dynamic.isRefusal, "seed \(Self.seed), value \(index): \(hex(bytes))")
      } else {
        #expect(generated == dynamic, "seed \(Self.seed), value \(index): \(hex(bytes))")
      }
    }
    #expect(refused > Self.count / 20 && refused < Self.count * 19 / 20)
  }

  @Test("Damaged JSON is refused with the same sentence, or means the same")
  func damagedJSON() throws {
    var values = randomValues()
    var refused = 0
    for index in 0..<Self.count {
      let bytes = values.message(Everything.messageName, share: index % 10 + 1).encoded()
      guard case .text(let text) = generatedJSON(bytes) else { continue }
      var damaged = Array(text.utf8)
      damage(&damaged, &values.random)
      let json = String(decoding: damaged, as: UTF8.self)
      let generated = generatedBytes(json)
      if generated.isRefusal { refused += 1 }
      #expect(generated == dynamicBytes(json), "seed \(Self.seed), value \(index): \(json)")
    }
    #expect(refused > Self.count / 20)
  }

  /// Bytes changed, cut out, doubled or put in.
  private func damage(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
    for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &random)
      let end = min(bytes.count, place + Int.random(in: 1...8, using: &random))
      switch Int.random(in: 0..<5, using: &random) {
      case 0: bytes[place] = .random(in: 0...255, using: &random)
      case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 2: bytes.removeSubrange(place..<end)
      case 3: bytes.insert(contentsOf: bytes[place..<end], at: place)
      default: bytes += bytes.prefix(place)
      }
    }
  }
}

extension DescriptorPool {
  /// The types of the test messages, as reflection would give them.
  static func everything() throws -> DescriptorPool {
    var pool = DescriptorPool()
    for file in TestMessagesRegistry.files + WellKnownRegistry.files { try pool.add(file.bytes) }
    return pool
  }
}

extension DynamicMessage {
  func encoded() -> [UInt8] {
    var writer = MessageWriter()
    encode(into: &writer)
    return writer.bytes()
  }
}

func hex(_ bytes: [UInt8]) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
