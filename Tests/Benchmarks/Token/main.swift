// bench-token PUBLIC-KEY-FILE: makes a key, writes its public half, prints a registrar's token.

import Auth

let key = SigningKey.make()
try key.verificationKeys.write(to: CommandLine.arguments[1])
let caller = Principal(subject: "benchmark", roles: [.registrar])
print(TokenIssuer(key).token(for: caller, validFor: .seconds(86_400)))
