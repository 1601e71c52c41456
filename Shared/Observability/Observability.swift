/// What operators see: metrics, log lines, trace context. Knows no transport.
