// bench-client PORT CALLS CONNECTIONS STREAMS: calls Get over and over with the product's client,
// as a service would: tasks on the executor of the channels' loop. Prints the calls and the CPU
// seconds that they took.

import BenchMessages
import Glibc
import RPC
import RPCClient
import Sockets

let numbers = CommandLine.arguments.dropFirst().compactMap(Int.init)
guard numbers.count == 4 else {
  print("bench-client PORT CALLS CONNECTIONS STREAMS")
  exit(2)
}
let (port, calls, connections, streams) = (numbers[0], numbers[1], numbers[2], numbers[3])
let loops = LoopGroup(threads: 1)
let executor = loops.executor(of: loops.dialing.next())
let target = try Target("127.0.0.1:\(port)")
let channels = (0..<connections).map { _ in
  RPCChannel(target: target, eventLoopGroup: loops.group)
}
let request = BenchV1.GetRequest(id: "records/000123")
let options = CallOptions(timeout: .seconds(10), metadata: ["x-caller": "bench"])

let before = cpuSeconds()
try await withThrowingTaskGroup(of: Void.self) { group in
  for channel in channels {
    for stream in 0..<streams {
      let share = calls / (connections * streams)
      group.addTask(executorPreference: executor) {
        let records = BenchV1.RecordsClient(channel)
        for _ in 0..<share {
          let record = try await records.get(request, options)
          guard record.id == request.id, record.population == 100_123 else {
            throw RPCError(.dataLoss, "a wrong answer on stream \(stream): \(record)")
          }
        }
      }
    }
  }
  try await group.waitForAll()
}
let made = calls / (connections * streams) * connections * streams
print("\(made) \(cpuSeconds() - before)")
for channel in channels { await channel.shutdown(grace: .seconds(1)) }

func cpuSeconds() -> Double {
  var usage = rusage()
  unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return seconds(usage.ru_utime) + seconds(usage.ru_stime)
}

func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
