// swift-tools-version: 6.2
import PackageDescription

// The product's modules are compiled here as targets of this package, from their own folders
// through the links in `Product`. So they share one package name with the benchmarks, which see
// what is `package` in them, and nothing of it stands in the product's manifest. Who may import
// whom that manifest says; here each module simply sees those before it.
let package = Package(
  name: "benchmarks",
  dependencies: [
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
  ],
  targets: libraries + modules + programs)

nonisolated var libraries: [Target] {
  [
    cLibrary("CNghttp2", in: "Shared/Transport", pkgConfig: "libnghttp2"),
    cLibrary("CZlib", in: "Shared/Transport", pkgConfig: "zlib"),
    cLibrary("CProtobuf", in: "Shared/Messages", pkgConfig: "libprotobuf-c"),
    cLibrary("CSQLite", in: "Shared/Storage", pkgConfig: "sqlite3"),

    generatedC("CProtobufLayout", at: "Product/Shared/Messages/CProtobufLayout"),
    generatedC("CWellKnown", at: "Product/Shared/Messages/WellKnown/Generated/C"),
    generatedC("CMessages", at: "Product/Shared/Messages/Generated/C"),
    generatedC("CBenchMessages", at: "Generated/C"),
    generatedC("CTestMessages", at: "Product/TestMessages/Generated/C"),
  ]
}

/// Name and folder of each module of the product, and of our own messages, leaf first.
nonisolated var folders: [(name: String, path: String)] {
  [
    ("Protobuf", "Product/Shared/Messages/Protobuf"),
    ("WellKnown", "Product/Shared/Messages/WellKnown"),
    ("HTTP2", "Product/Shared/Transport/HTTP2"),
    ("RPC", "Product/Shared/Transport/RPC"),
    ("Messages", "Product/Shared/Messages/Generated/Swift"),
    ("BenchMessages", "Generated/Swift"),
    ("Sockets", "Product/Shared/Transport/Sockets"),
    ("RPCServer", "Product/Shared/Transport/RPCServer"),
    ("StandardServices", "Product/Shared/Transport/StandardServices"),
    ("RPCClient", "Product/Shared/Transport/RPCClient"),
    ("Vocabulary", "Product/Shared/Vocabulary"),
    ("TokenFormat", "Product/Shared/TokenFormat"),
    ("Auth", "Product/Shared/Auth"),
    ("Observability", "Product/Shared/Observability"),
    ("Storage", "Product/Shared/Storage/Storage"),
    ("ChangeFeed", "Product/Shared/ChangeFeed"),
    ("ServiceRuntime", "Product/Shared/ServiceRuntime"),
    ("ResourceAPI", "Product/Shared/ResourceAPI"),
    ("MembershipDomain", "Product/Services/Membership/Domain"),
    ("TestMessages", "Product/TestMessages/Generated/Swift"),
    ("Peers", "Product/Peers"),
    ("Attacks", "Product/Attacks"),
  ]
}

nonisolated var modules: [Target] {
  folders.enumerated().map { place, module in
    .target(
      name: module.name, dependencies: visible(folders.prefix(place).map(\.name)),
      path: module.path, exclude: module.name == "WellKnown" ? ["Generated/C"] : [],
      swiftSettings: settings,
      linkerSettings: module.name == "RPCServer" ? [.linkedLibrary("mimalloc")] : [])
  }
}

nonisolated var programs: [Target] {
  [
    // The services whose calls are measured.
    program("cabildo-gateway", at: "Product/Services/Gateway"),
    program("cabildo-membership", at: "Product/Services/Membership", hasStore: true),
    // The programs of the measurements.
    program("bench-server", at: "Server"),
    program("bench-client", at: "Client"),
    program("bench-token", at: "Token"),
    program("bench-writers", at: "Writers"),
    // Who attacks, and the server of ours that is attacked.
    program("attacker", at: "Product/Attacker"),
    program("interop-server", at: "Product/Interop/Server"),
  ]
}

/// These modules of ours, the C libraries, and what is not ours.
func visible(_ names: [String]) -> [Target.Dependency] {
  let others = [
    ("NIOConcurrencyHelpers", "swift-nio"), ("NIOCore", "swift-nio"), ("NIOPosix", "swift-nio"),
    ("NIOHTTP1", "swift-nio"), ("NIOTLS", "swift-nio"), ("NIOSSL", "swift-nio-ssl"),
    ("Crypto", "swift-crypto"),
  ]
  return (libraries.map(\.name) + names).map { .byName(name: $0) }
    + others.map { .product(name: $0.0, package: $0.1) }
}

/// As the product's own: what is measured is what is delivered.
nonisolated var settings: [SwiftSetting] {
  [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
  ]
}

/// One with a store has a domain, which is a module of its own, and the steps of its schema, which
/// are built into it.
func program(_ name: String, at path: String, hasStore: Bool = false) -> Target {
  .executableTarget(
    name: name, dependencies: visible(folders.map(\.name)), path: path,
    exclude: hasStore ? ["Domain"] : [],
    resources: hasStore ? [.embedInCode("Store/Migrations")] : [], swiftSettings: settings)
}

func generatedC(_ name: String, at path: String) -> Target {
  .target(
    name: name,
    dependencies: name == "CProtobufLayout" ? ["CProtobuf"] : ["CProtobuf", "CProtobufLayout"],
    path: path)
}

func cLibrary(_ name: String, in folder: String, pkgConfig: String) -> Target {
  .systemLibrary(name: name, path: "Product/\(folder)/\(name)", pkgConfig: pkgConfig)
}
