/// What every service stands on: settings, host, health, metrics, logs, signals.
