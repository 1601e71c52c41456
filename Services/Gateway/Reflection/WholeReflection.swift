import Messages
import Protobuf
import RPC
import StandardServices
import WellKnown

/// Reflection of the gateway and all that stands behind it, as if they were one server.
///
/// Nothing is kept: every question goes to who can answer it now, so that a service upgraded alone
/// shows what it has become. An upstream that is away is left out.
struct WholeReflection: Sendable {
  typealias Request = GrpcReflectionV1.ServerReflectionRequest
  typealias Response = GrpcReflectionV1.ServerReflectionResponse

  private let routes: Routes
  /// What the gateway serves itself: health, reflection and channelz.
  private let own: ReflectionIndex

  /// Names in a list at most.
  private static let maxListed = 10_000

  init(_ routes: Routes) {
    self.routes = routes
    own = ReflectionIndex(
      services: Self.ownServices,
      files: MessagesRegistry.files.filter { $0.name.hasPrefix("grpc/") }
        + WellKnownRegistry.files.filter { $0.name.hasPrefix("google/protobuf/") })
  }

  static let ownServices = [
    GatewayHealth.service.name, ReflectionService.service.name, ReflectionAlphaService.service.name,
    ChannelzService.service.name,
  ]

  func answer(_ request: Request) async -> Response {
    let response: Response.MessageResponse =
      switch request.messageRequest {
      case .listServices: await list(request)
      case .fileContainingSymbol(let symbol): await find(request, ownedBy: symbol)
      case .fileContainingExtension(let wanted):
        await find(request, ownedBy: wanted.containingType)
      case .fileByFilename: await find(request, ownedBy: "")
      case .allExtensionNumbersOfType(let type): await extensionNumbers(request, of: type)
      case nil: own.answer(request).messageResponse ?? Self.nothing
      }
    return Response(
      validHost: request.host, originalRequest: request, messageResponse: response)
  }

  private static let nothing = Response.MessageResponse.errorResponse(
    .init(errorCode: Int32(StatusCode.notFound.rawValue), errorMessage: "nothing of it here"))

  // MARK: What there is

  /// The services that calls through here reach: an upstream's others are not listed.
  private func list(_ request: Request) async -> Response.MessageResponse {
    var names = Set(Self.ownServices)
    for (upstream, answer) in await askAll(request) {
      guard case .listServicesResponse(let list) = answer else { continue }
      for service in list.service where names.count < Self.maxListed {
        guard routes.upstream(of: service.name)?.prefix == upstream.prefix else { continue }
        names.insert(service.name)
      }
    }
    return .listServicesResponse(.init(service: names.sorted().map { .init(name: $0) }))
  }

  /// The answer of the first who has it: the gateway, else the upstream whose package the name is
  /// in, else, for what several of them import, any.
  private func find(_ request: Request, ownedBy name: String) async -> Response.MessageResponse {
    let ours = own.answer(request).messageResponse
    if let ours, !ours.isError { return ours }
    if let owner = routes.upstream(of: name) {
      return await UpstreamReflection(upstream: owner).answer(request) ?? away(owner)
    }
    for upstream in routes.upstreams where upstream.isSetUp {
      let answer = await UpstreamReflection(upstream: upstream).answer(request)
      if let answer, !answer.isError { return answer }
    }
    return ours ?? Self.nothing
  }

  /// Those that anybody knows, together.
  private func extensionNumbers(_ request: Request, of type: String) async
    -> Response.MessageResponse
  {
    var numbers: Set<Int32>?
    for (_, answer) in await askAll(request) {
      guard case .allExtensionNumbersResponse(let found) = answer else { continue }
      numbers = (numbers ?? []).union(found.extensionNumber)
    }
    guard let numbers else { return own.answer(request).messageResponse ?? Self.nothing }
    return .allExtensionNumbersResponse(
      .init(baseTypeName: type, extensionNumber: numbers.sorted()))
  }

  private func away(_ upstream: Upstream) -> Response.MessageResponse {
    .errorResponse(
      .init(
        errorCode: Int32(StatusCode.unavailable.rawValue),
        errorMessage: "the service \(upstream.name) is away or has no reflection"))
  }

  /// Asks every upstream at the same time; the answers in the order of the routes.
  private func askAll(_ request: Request) async -> [(Upstream, Response.MessageResponse)] {
    await withTaskGroup(of: (Int, Response.MessageResponse?).self) { group in
      let upstreams = routes.upstreams
      for index in upstreams.indices where upstreams[index].isSetUp {
        group.addTask {
          (index, await UpstreamReflection(upstream: upstreams[index]).answer(request))
        }
      }
      var answers: [(Int, Response.MessageResponse)] = []
      for await case (let index, let answer?) in group { answers.append((index, answer)) }
      return answers.sorted { $0.0 < $1.0 }.map { (upstreams[$0.0], $0.1) }
    }
  }
}

extension WholeReflection.Response.MessageResponse {
  fileprivate var isError: Bool {
    if case .errorResponse = self { true } else { false }
  }
}
