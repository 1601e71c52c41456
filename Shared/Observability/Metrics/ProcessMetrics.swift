internal import Foundation

/// What the system knows of this process, under the names that Prometheus' own clients use.
package enum ProcessMetrics {
  package static func add(to registry: MetricsRegistry) {
    registry.read(.counter, "process_cpu_seconds_total", "CPU time spent, user and system.") {
      guard let stat = stat, let user = stat[14], let system = stat[15] else { return nil }
      return (user + system) / ticksPerSecond
    }
    registry.read(.gauge, "process_resident_memory_bytes", "Memory that is resident.") {
      stat?[24].map { $0 * Double(sysconf(Int32(_SC_PAGESIZE))) }
    }
    registry.read(.gauge, "process_virtual_memory_bytes", "Memory that is mapped.") { stat?[23] }
    registry.read(.gauge, "process_open_fds", "File descriptors that are open.") {
      let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
      // One of them reads the folder.
      return names.map { Double($0.count - 1) }
    }
    registry.read(.gauge, "process_max_fds", "File descriptors that may be open.") {
      var limit = rlimit()
      guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
        return nil
      }
      return Double(limit.rlim_cur)
    }
    let started = startTime
    registry.read(.gauge, "process_start_time_seconds", "When it started, since 1970.") { started }
  }

  private static var ticksPerSecond: Double { Double(sysconf(Int32(_SC_CLK_TCK))) }

  /// The machine's start and the ticks from there to ours.
  private static var startTime: Double? {
    guard let ticks = stat?[22],
      let system = try? String(contentsOfFile: "/proc/stat", encoding: .utf8),
      let line = system.split(separator: "\n").first(where: { $0.hasPrefix("btime ") }),
      let boot = Double(line.dropFirst("btime ".count))
    else { return nil }
    return boot + ticks / ticksPerSecond
  }

  /// The fields of `/proc/self/stat` by their numbers in proc(5). The name of the program, the
  /// second, may hold anything: what follows is counted from its end.
  private static var stat: [Int: Double]? {
    guard let text = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
      let end = text.lastIndex(of: ")")
    else { return nil }
    var fields: [Int: Double] = [:]
    for (number, field) in zip(3..., text[text.index(after: end)...].split(separator: " ")) {
      fields[number] = Double(field)
    }
    return fields
  }
}
