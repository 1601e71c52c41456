// swift-tools-version: 6.2
import PackageDescription

// The product's modules are compiled here as targets of this package, from their own folders
// through the links in `Product`. So they share one package name with the benchmarks, which see
// what is `package` in them, and nothing of it stands in the product's manifest.
let package = Package(
  name: "benchmarks",
  dependencies: [
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
  ],
  targets: [
    cLibrary("CNghttp2", in: "Product/Shared/Transport", pkgConfig: "libnghttp2"),
    cLibrary("CZlib", in: "Product/Shared/Transport", pkgConfig: "zlib"),
    cLibrary("CProtobuf", in: "Product/Shared/Messages", pkgConfig: "libprotobuf-c"),
    cLibrary("CSQLite", in: "Product/Shared/Storage", pkgConfig: "sqlite3"),

    generatedC("CProtobufLayout", at: "Product/Shared/Messages/CProtobufLayout"),
    generatedC(
      "CWellKnown", at: "Product/Shared/Messages/WellKnown/Generated/C",
      imports: "CProtobufLayout"),
    generatedC("CMessages", at: "Product/Shared/Messages/Generated/C", imports: "CProtobufLayout"),
    generatedC("CBenchMessages", at: "Generated/C", imports: "CProtobufLayout"),

    module(
      "Protobuf", at: "Product/Shared/Messages/Protobuf", imports: "CProtobuf", "CProtobufLayout"),
    module(
      "WellKnown", at: "Product/Shared/Messages/WellKnown", excluding: "Generated/C",
      imports: "CWellKnown", "Protobuf"),
    module("HTTP2", at: "Product/Shared/Transport/HTTP2", imports: "CNghttp2"),
    module(
      "RPC", at: "Product/Shared/Transport/RPC",
      imports: "CZlib", "HTTP2", "Protobuf", "WellKnown"),
    module(
      "Messages", at: "Product/Shared/Messages/Generated/Swift",
      imports: "CMessages", "Protobuf", "RPC", "WellKnown"),
    module(
      "BenchMessages", at: "Generated/Swift", imports: "CBenchMessages", "Protobuf", "RPC",
      "WellKnown"),
    module("Sockets", at: "Product/Shared/Transport/Sockets", products: nio),
    module(
      "RPCServer", at: "Product/Shared/Transport/RPCServer", imports: "HTTP2", "Protobuf", "RPC",
      "Sockets",
      products: nio),
    module(
      "StandardServices", at: "Product/Shared/Transport/StandardServices",
      imports: "Messages", "Protobuf", "RPC"),
    module(
      "RPCClient", at: "Product/Shared/Transport/RPCClient", imports: "HTTP2", "Protobuf", "RPC",
      products: nio),
    module("Auth", at: "Product/Shared/Auth", products: crypto),
    module("Observability", at: "Product/Shared/Observability"),
    module("Storage", at: "Product/Shared/Storage/Storage", imports: "CSQLite"),
    module(
      "ServiceRuntime", at: "Product/Shared/ServiceRuntime",
      imports: "Auth", "HTTP2", "Messages", "Observability", "Protobuf", "RPC", "RPCClient",
      "RPCServer",
      "Sockets", "StandardServices", "Storage", "WellKnown"),
    module("Vocabulary", at: "Product/Shared/Vocabulary"),
    module(
      "ChangeFeed", at: "Product/Shared/ChangeFeed",
      imports: "Messages", "Protobuf", "RPC", "Storage", "WellKnown"),
    module(
      "ResourceAPI", at: "Product/Shared/ResourceAPI",
      imports: "Messages", "RPC", "Vocabulary", "WellKnown"),

    // The services whose calls are measured.
    program(
      "cabildo-gateway", at: "Product/Services/Gateway",
      imports: "Messages", "Protobuf", "RPC", "RPCClient", "ServiceRuntime", "Sockets",
      "StandardServices", "WellKnown"),
    module("MembershipDomain", at: "Product/Services/Membership/Domain", imports: "Vocabulary"),
    program(
      "cabildo-membership", at: "Product/Services/Membership",
      imports: "Auth", "ChangeFeed", "MembershipDomain", "Messages", "Observability", "Protobuf",
      "RPC", "ResourceAPI", "ServiceRuntime", "Storage", "Vocabulary", "WellKnown"),

    // The programs of the measurements.
    program("bench-server", at: "Server", imports: "BenchMessages", "RPC", "ServiceRuntime"),
    program(
      "bench-client", at: "Client", imports: "BenchMessages", "RPC", "RPCClient", "Sockets"),
    program("bench-token", at: "Token", imports: "Auth"),
    program("bench-writers", at: "Writers", imports: "Storage"),
  ]
)

// What the lines above are short for.

nonisolated var nio: [Target.Dependency] {
  [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"),
    .product(name: "NIOTLS", package: "swift-nio"),
    .product(name: "NIOSSL", package: "swift-nio-ssl"),
  ]
}

nonisolated var crypto: [Target.Dependency] {
  [.product(name: "Crypto", package: "swift-crypto")]
}

/// As the product's own: what is measured is what is delivered.
nonisolated var swift: [SwiftSetting] {
  [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
  ]
}

func module(
  _ name: String, at path: String, excluding: String..., imports: String...,
  products: [Target.Dependency] = []
) -> Target {
  .target(
    name: name, dependencies: imports.map { .byName(name: $0) } + products, path: path,
    exclude: excluding, swiftSettings: swift)
}

/// One that owns records has a domain, which is a module of its own, and the steps of its store's
/// schema, which are built into it.
func program(_ name: String, at path: String, imports: String...) -> Target {
  let ownsRecords = imports.contains { $0.hasSuffix("Domain") }
  return .executableTarget(
    name: name, dependencies: imports.map { .byName(name: $0) }, path: path,
    exclude: ownsRecords ? ["Domain"] : [],
    resources: ownsRecords ? [.embedInCode("Store/Migrations")] : [], swiftSettings: swift)
}

func generatedC(_ name: String, at path: String, imports: String...) -> Target {
  .target(
    name: name, dependencies: (["CProtobuf"] + imports).map { .byName(name: $0) }, path: path)
}

func cLibrary(_ name: String, in folder: String, pkgConfig: String) -> Target {
  .systemLibrary(name: name, path: "\(folder)/\(name)", pkgConfig: pkgConfig)
}
