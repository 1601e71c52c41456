// swift-tools-version: 6.2
import PackageDescription

// The program that libFuzzer's own `main` makes of Tests/FuzzTargets. A package of its own, because
// every module in it is built once more, to count its branches: `Tests/Fuzz/run` builds it.
let package = Package(
  name: "cabildo-fuzz",
  dependencies: [.package(name: "cabildo", path: "../..")],
  targets: [
    .executableTarget(
      name: "fuzz", dependencies: [.product(name: "FuzzTargets", package: "cabildo")],
      path: "Driver")
  ]
)
