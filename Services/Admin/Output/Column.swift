/// What a table and a CSV file show of a record.
struct Column<Record>: Sendable {
  let title: String
  /// The column's name in a CSV file.
  let key: String
  let isNumber: Bool
  /// Only in CSV and in the view of one record.
  let isDetail: Bool
  let value: @Sendable (Record) -> String

  init(
    _ title: String, key: String? = nil, isNumber: Bool = false, isDetail: Bool = false,
    _ value: @escaping @Sendable (Record) -> String
  ) {
    self.title = title
    self.key = key ?? title.lowercased().replacing(" ", with: "_")
    self.isNumber = isNumber
    self.isDetail = isDetail
    self.value = value
  }
}
