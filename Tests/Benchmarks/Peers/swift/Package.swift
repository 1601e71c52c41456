// swift-tools-version: 6.2
import PackageDescription

// The peer in Swift is a package of its own: what it stands on is built for it alone.
let package = Package(
  name: "bench-grpc-swift",
  dependencies: [
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.38.0"),
    .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.0"),
    .package(url: "https://github.com/grpc/grpc-swift-nio-transport", from: "2.9.0"),
    .package(url: "https://github.com/grpc/grpc-swift-protobuf", from: "2.4.0"),
  ],
  targets: [
    .executableTarget(
      name: "bench-grpc-swift",
      dependencies: [
        .product(name: "GRPCCore", package: "grpc-swift-2"),
        .product(name: "GRPCNIOTransportHTTP2", package: "grpc-swift-nio-transport"),
        .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      path: "Sources")
  ]
)
