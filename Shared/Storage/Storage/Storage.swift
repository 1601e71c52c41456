/// One SQL dialect, kept by an engine that acknowledges only what will survive.
