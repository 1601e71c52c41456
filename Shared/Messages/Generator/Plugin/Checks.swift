/// What the generator does not do, said before anything is written.
struct Checks {
  let file: ProtoSource

  private static let carrierNumber: Int32 = 536_870_911

  func run() throws(GeneratorError) {
    guard file.syntax == "proto3" else {
      throw GeneratorError(
        "\(file.name): \(file.syntax) is not generated; write syntax = \"proto3\"")
    }
    guard !file.package.isEmpty else {
      throw GeneratorError("\(file.name): a package is wanted, it names the Swift namespace")
    }
    try checkDistinct(
      file.messages.map { ($0.fullName, Names.type($0.name)) }
        + file.enums.map { ($0.fullName, Names.type($0.name)) }
        + file.services.map { ($0.fullName, Names.type($0.name)) }, in: file.package)
    for message in file.messages { try check(message) }
    for type in file.enums { try check(type) }
    for service in file.services {
      try checkDistinct(
        service.methods.map { ($0.name, Names.method($0.name)) }, in: service.fullName)
    }
  }

  private func check(_ message: MessageType) throws(GeneratorError) {
    for field in message.fields {
      let place = "\(file.name): field \(message.fullName).\(field.name)"
      if field.type == .group {
        throw GeneratorError("\(place) is a group; use a message field")
      }
      if field.label == .required {
        throw GeneratorError("\(place) is required; proto3 has no required fields")
      }
      if field.number == Self.carrierNumber {
        throw GeneratorError(
          "\(place) has the number \(field.number), which the codec keeps for itself; use another")
      }
    }
    guard !message.isMapEntry else { return }
    let oneofs = message.oneofs.filter { !$0.isSynthetic }
    try checkDistinct(
      message.fields.filter { $0.oneof == nil }.map { ($0.name, Names.property($0.name)) }
        + oneofs.map { ($0.name, Names.property($0.name)) }, in: message.fullName)
    try checkDistinct(
      message.messages.map { ($0.name, Names.type($0.name)) }
        + message.enums.map { ($0.name, Names.type($0.name)) }
        + oneofs.map { ($0.name, Names.oneofType($0.name)) }, in: message.fullName)
    for (index, oneof) in message.oneofs.enumerated() {
      try checkDistinct(
        message.fields.filter { $0.oneof == index }.map { ($0.name, Names.property($0.name)) },
        in: "\(message.fullName).\(oneof.name)")
    }
    for message in message.messages { try check(message) }
    for type in message.enums { try check(type) }
  }

  private func check(_ type: EnumType) throws(GeneratorError) {
    try checkDistinct(
      zip(type.values, Names.cases(of: type)).map { ($0.name, $1) }, in: type.fullName)
  }

  private func checkDistinct(_ names: [(proto: String, swift: String)], in place: String)
    throws(GeneratorError)
  {
    var taken: [String: String] = [:]
    for name in names {
      if let other = taken.updateValue(name.proto, forKey: name.swift) {
        throw GeneratorError(
          "\(file.name): in \(place), \(other) and \(name.proto) would both be \(name.swift)"
            + " in Swift; rename one of them")
      }
    }
  }
}
