// cabildo: the command line of a Cabildo. `CommandRun` parses it and runs a command of `Commands`;
// `Connection` is how they call, `Output` how they answer.

import Foundation

exit(await CommandRun.run(Array(CommandLine.arguments.dropFirst())))
