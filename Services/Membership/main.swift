import Messages
import ServiceRuntime
import WellKnown

await ServiceProgram(
  "membership", listen: "127.0.0.1:50051", files: MessagesRegistry.files + WellKnownRegistry.files
).run { _ in [] }
