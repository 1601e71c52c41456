package import Messages
package import RPC

// The import of many members at once.

extension MembershipAPI {
  package func planMemberImport(
    _ requests: RequestStream<MembershipV1.PlanMemberImportRequest>,
    _ responses: ResponseWriter<MembershipV1.PlanMemberImportResponse>, _ context: CallContext
  ) async throws { throw RPCError(.unimplemented, "imports are not served here yet") }

  package func getMemberImport(
    _ request: MembershipV1.GetMemberImportRequest, _ context: CallContext
  ) async throws -> MembershipV1.MemberImport {
    throw RPCError(.unimplemented, "imports are not served here yet")
  }

  package func listImportEntries(
    _ request: MembershipV1.ListImportEntriesRequest, _ context: CallContext
  ) async throws -> MembershipV1.ListImportEntriesResponse {
    throw RPCError(.unimplemented, "imports are not served here yet")
  }

  package func applyMemberImport(
    _ request: MembershipV1.ApplyMemberImportRequest,
    _ responses: ResponseWriter<MembershipV1.ApplyMemberImportResponse>, _ context: CallContext
  ) async throws { throw RPCError(.unimplemented, "imports are not served here yet") }
}
