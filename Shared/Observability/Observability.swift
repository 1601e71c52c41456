/// What operators see of a running process: log lines and metrics. Knows nothing of calls.
///
///     Logs/     JSON lines that never hold up who writes them
///     Metrics/  counters, gauges, histograms, and the text that Prometheus reads
///
/// Start at `Log` and `MetricsRegistry`.
