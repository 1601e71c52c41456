// swift-tools-version: 6.2
import PackageDescription

// The module graph, leaf first: one line a module, and whom it may import.
let package = Package(
  name: "cabildo",
  products: [.library(name: "FuzzTargets", targets: ["FuzzTargets"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
  ],
  targets: [
    cLibrary("CNghttp2", in: "Shared/Transport", pkgConfig: "libnghttp2", apt: "libnghttp2-dev"),
    cLibrary("CZlib", in: "Shared/Transport", pkgConfig: "zlib", apt: "zlib1g-dev"),
    cLibrary("CProtobuf", in: "Shared/Messages", pkgConfig: "libprotobuf-c", apt: "libprotobuf-c-dev"),
    cLibrary("CSQLite", in: "Shared/Storage", pkgConfig: "sqlite3", apt: "libsqlite3-dev"),

    generatedC("CProtobufLayout", in: "Shared/Messages/CProtobufLayout", imports: "CProtobuf"),
    generatedC("CWellKnown", in: "Shared/Messages/WellKnown/Generated/C", imports: "CProtobufLayout"),
    generatedC("CMessages", in: "Shared/Messages/Generated/C", imports: "CProtobufLayout"),
    generatedC("CDescriptor", in: "Shared/Messages/Generator/CDescriptor", imports: "CProtobuf"),

    program(
      "protoc-gen-cabildo", in: "Shared/Messages/Generator/Plugin",
      imports: "CDescriptor", "CProtobuf"),
    module("Protobuf", in: "Shared/Messages", imports: "CProtobuf", "CProtobufLayout"),
    generatedSwift(
      "WellKnown", in: "Shared/Messages/WellKnown", excluding: "Generated/C",
      imports: "CWellKnown", "Protobuf"),
    module("HTTP2", in: "Shared/Transport", imports: "CNghttp2"),
    module("RPC", in: "Shared/Transport", imports: "CZlib", "HTTP2", "Protobuf", "WellKnown"),
    generatedSwift(
      "Messages", in: "Shared/Messages/Generated/Swift",
      imports: "CMessages", "Protobuf", "RPC", "WellKnown"),
    module(
      "Sockets", in: "Shared/Transport",
      products: "NIOConcurrencyHelpers", "NIOCore", "NIOPosix", "NIOSSL"),
    module(
      "RPCServer", in: "Shared/Transport", imports: "HTTP2", "Protobuf", "RPC", "Sockets",
      products: "NIOConcurrencyHelpers", "NIOCore", "NIOHTTP1", "NIOPosix", "NIOSSL",
      libraries: "mimalloc"),
    module(
      "StandardServices", in: "Shared/Transport",
      imports: "Messages", "Protobuf", "RPC", "WellKnown"),
    module(
      "RPCClient", in: "Shared/Transport", imports: "HTTP2", "Messages", "Protobuf", "RPC",
      products: "NIOCore", "NIOPosix", "NIOSSL", "NIOTLS"),

    module("Vocabulary", in: "Shared"),
    module("TokenFormat", in: "Shared"),
    module("Auth", in: "Shared", imports: "TokenFormat", products: "Crypto"),
    module("Observability", in: "Shared"),
    module("Storage", in: "Shared/Storage", imports: "CSQLite"),
    module(
      "ChangeFeed", in: "Shared",
      imports: "Messages", "Protobuf", "RPC", "Storage", "WellKnown"),
    module(
      "ServiceRuntime", in: "Shared",
      imports: "Auth", "ChangeFeed", "HTTP2", "Messages", "Observability", "Protobuf", "RPC", "RPCClient",
      "RPCServer", "Sockets", "StandardServices", "Storage", "WellKnown"),
    module("DynamicMessages", in: "Shared/Messages", imports: "Protobuf", "WellKnown"),
    module("ResourceAPI", in: "Shared", imports: "Messages", "RPC", "Vocabulary", "WellKnown"),

    module("MembershipDomain", at: "Services/Membership/Domain", imports: "Vocabulary"),
    service(
      "cabildo-membership", in: "Services/Membership",
      imports: "Auth", "ChangeFeed", "MembershipDomain", "Messages", "Observability", "Protobuf",
      "RPC", "ResourceAPI", "ServiceRuntime", "Storage", "Vocabulary", "WellKnown"),
    service(
      "cabildo-gateway", in: "Services/Gateway",
      imports: "Messages", "Protobuf", "RPC", "RPCClient", "ServiceRuntime", "Sockets",
      "StandardServices", "WellKnown"),
    service(
      "cabildo", in: "Services/Admin",
      imports: "Auth", "DynamicMessages", "HTTP2", "Messages", "Protobuf", "RPC", "RPCClient",
      "Sockets", "TokenFormat", "Vocabulary", "WellKnown", products: "ArgumentParser"),

    // The tests: the other side of the wire, the programs that foreign peers talk to, and the suites.
    module("Peers", in: "Tests"),
    generatedC("CTestMessages", in: "Tests/TestMessages/Generated/C", imports: "CProtobufLayout"),
    generatedSwift(
      "TestMessages", in: "Tests/TestMessages/Generated/Swift",
      imports: "CTestMessages", "Protobuf", "RPC", "WellKnown"),
    program(
      "codec-peer", in: "Tests/CodecPeer/Program",
      imports: "Protobuf", "TestMessages", "WellKnown"),
    tests(
      "Protobuf", imports: "Peers", "Protobuf", "TestMessages", "WellKnown",
      programs: "codec-peer", "protoc-gen-cabildo"),
    tests("Messages", imports: "Messages", "Protobuf", "RPC"),
    tests("Tidy", imports: "Peers"),
    module(
      "FuzzTargets", in: "Tests",
      imports: "ChangeFeed", "DynamicMessages", "HTTP2", "MembershipDomain", "Protobuf", "RPC",
      "TestMessages", "TokenFormat", "Vocabulary", "WellKnown"),
    tests("Fuzz", imports: "FuzzTargets", "Peers"),
    tests("HTTP2", imports: "HTTP2"),
    tests("RPC", imports: "HTTP2", "Protobuf", "RPC", "WellKnown"),
    tests(
      "RPCServer", imports: "HTTP2", "Messages", "Peers", "RPC", "RPCClient", "RPCServer",
      "Sockets", "StandardServices", products: "NIOCore", "NIOPosix"),
    tests("Policy", imports: "HTTP2", "RPC"),
    program(
      "interop-server", in: "Tests/Interop/Server",
      imports: "HTTP2", "Messages", "Peers", "Protobuf", "RPC", "RPCServer", "Sockets", "StandardServices",
      "TestMessages", "WellKnown"),
    program(
      "interop-client", in: "Tests/Interop/Client",
      imports: "Peers", "RPC", "RPCClient", "Sockets", "TestMessages"),
    module("Attacks", in: "Tests", imports: "Peers", "RPC"),
    program("attacker", in: "Tests/Attacker", imports: "Attacks", "Peers"),
    tests("Attack", imports: "Attacks", "Peers", programs: "attacker", "interop-server"),
    tests(
      "Conformance", imports: "HTTP2", "Peers", "Protobuf", "RPC", "RPCServer",
      programs: "interop-server"),
    tests("Interop", imports: "Peers", programs: "interop-server", "interop-client"),
    program(
      "client-probe", in: "Tests/ClientProbe", imports: "Peers", "RPC", "RPCClient", "RPCServer",
      "Sockets", products: "NIOPosix"),
    tests(
      "RPCClient", imports: "HTTP2", "Messages", "Peers", "RPC", "RPCClient", "RPCServer",
      "Sockets", "StandardServices", "WellKnown", programs: "client-probe",
      products: "NIOCore", "NIOPosix", "NIOSSL"),
    tests("Vocabulary", imports: "Vocabulary"),
    tests("Auth", imports: "Auth", "Peers", "TokenFormat", products: "Crypto"),
    tests("Observability", imports: "Observability", "Peers"),
    .target(name: "FaultyVFS", dependencies: ["CSQLite"], path: "Tests/FaultyVFS"),
    program("storage-writer", in: "Tests/StorageWriter", imports: "Peers", "Storage"),
    tests("Storage", imports: "FaultyVFS", "Peers", "Storage", programs: "storage-writer"),
    program(
      "runtime-service", in: "Tests/RuntimeService",
      imports: "Auth", "ChangeFeed", "Messages", "Observability", "RPC", "RPCClient",
      "ServiceRuntime", "Sockets", "Storage"),
    tests(
      "ServiceRuntime", imports: "Auth", "HTTP2", "Messages", "Observability", "Peers", "RPC", "RPCClient",
      "RPCServer", "ServiceRuntime", "Sockets", "StandardServices", "Storage", "WellKnown",
      programs: "cabildo-membership", "runtime-service"),
    tests(
      "ChangeFeed", imports: "ChangeFeed", "Messages", "Protobuf", "RPC", "RPCClient",
      "RPCServer", "Sockets", "Storage", "WellKnown", products: "NIOCore", "NIOPosix"),
    tests(
      "DynamicMessages", imports: "DynamicMessages", "Peers", "Protobuf", "TestMessages",
      "WellKnown"),
    tests(
      "Membership", imports: "Auth", "ChangeFeed", "MembershipDomain", "Messages", "Peers",
      "RPC", "ResourceAPI", "ServiceRuntime", "Storage", "Vocabulary", "WellKnown",
      programs: "cabildo-membership"),
    tests(
      "Gateway", imports: "Auth", "HTTP2", "Messages", "Peers", "Protobuf", "RPC", "RPCClient",
      "RPCServer", "Sockets", "StandardServices", "TestMessages", "WellKnown",
      programs: "cabildo-gateway", "interop-server"),
    tests(
      "Admin", imports: "Messages", "Peers", "Protobuf", "RPC", "WellKnown", programs: "cabildo",
      "cabildo-gateway", "cabildo-membership", "interop-server"),
    tests(
      "Suite", imports: "Peers", programs: "cabildo", "cabildo-gateway", "cabildo-membership"),
    tests(
      "Clone", imports: "Peers", programs: "cabildo", "cabildo-gateway", "cabildo-membership"),
  ]
)

// What the lines above are short for.

/// A module of a package that is not ours.
func product(_ name: String) -> Target.Dependency {
  let homes = [
    "ArgumentParser": "swift-argument-parser", "Crypto": "swift-crypto", "NIOSSL": "swift-nio-ssl",
  ]
  return .product(name: name, package: homes[name] ?? "swift-nio")
}

nonisolated var swift: [SwiftSetting] {
  [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    // A twentieth of a call's time. Every test runs with the check, in debug builds.
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
  ]
}

func module(
  _ name: String, in folder: String, imports: String..., products: String..., libraries: String...
) -> Target {
  .target(
    name: name, dependencies: imports.map { .byName(name: $0) }
      + products.map(product),
    path: "\(folder)/\(name)", swiftSettings: swift,
    linkerSettings: libraries.map { .linkedLibrary($0) })
}

/// A module whose folder bears another name than it does.
func module(_ name: String, at folder: String, imports: String...) -> Target {
  .target(
    name: name, dependencies: imports.map { .byName(name: $0) }, path: folder, swiftSettings: swift)
}

/// What `Protos/generate` wrote in C: structs and tables of messages.
func generatedC(_ name: String, in folder: String, imports: String) -> Target {
  .target(
    name: name, dependencies: Set(["CProtobuf", imports]).sorted().map { .byName(name: $0) },
    path: folder)
}

/// What `Protos/generate` wrote in Swift, and what stands beside it.
func generatedSwift(
  _ name: String, in folder: String, excluding: String..., imports: String...
) -> Target {
  .target(
    name: name,
    dependencies: imports.map { .byName(name: $0) },
    path: folder, exclude: excluding, swiftSettings: swift)
}

func tests(
  _ name: String, imports: String..., programs: String..., products: String...
) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: (imports + programs).map { .byName(name: $0) }
      + products.map(product),
    path: "Tests/\(name)Tests", swiftSettings: swift)
}

func program(
  _ name: String, in folder: String, imports: String..., products: String...
) -> Target {
  .executableTarget(
    name: name, dependencies: imports.map { .byName(name: $0) } + products.map(product),
    path: folder,
    swiftSettings: swift)
}

/// An executable of the product. One that owns records has a domain, which is a module of its own,
/// and the steps of its store's schema, which are built into it.
func service(
  _ name: String, in folder: String, imports: String..., products: String...
) -> Target {
  let ownsRecords = imports.contains { $0.hasSuffix("Domain") }
  return .executableTarget(
    name: name, dependencies: imports.map { .byName(name: $0) }
      + products.map(product), path: folder,
    exclude: ownsRecords ? ["Domain"] : [],
    resources: ownsRecords ? [.embedInCode("Store/Migrations")] : [], swiftSettings: swift)
}

func cLibrary(_ name: String, in folder: String, pkgConfig: String, apt: String) -> Target {
  .systemLibrary(
    name: name, path: "\(folder)/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}
