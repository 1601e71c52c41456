import Auth
import RPC
import ServiceRuntime
import Vocabulary

// What a caller may do here, by the roles of its token.

extension CallContext {
  /// The most restricted records that the caller may read.
  var clearance: AccessLevel { seesAllRecords ? .leadership : .everyone }

  /// The name of the caller, who may change the register.
  func registrar() throws(RPCError) -> String { try caller(holding: .registrar).subject }
}
