import ArgumentParser

struct MembersCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "members", abstract: "Reads and keeps the register of members.",
    subcommands: [
      MembersList.self, MembersSearch.self, MembersGet.self, MembersLookup.self,
      MembersHistory.self, MembersCreate.self, MembersUpdate.self, MembersDelete.self,
      MembersUndelete.self, MembersImport.self,
    ])
}
