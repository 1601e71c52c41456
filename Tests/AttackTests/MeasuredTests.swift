import Testing

/// Every test here measures a server, and takes what the machine has: none runs beside another.
@Suite(.serialized) enum MeasuredTests {}
