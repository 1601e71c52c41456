/// What a table and a CSV file show of a record.
struct Column<Record>: Sendable {
  /// Of the table; the CSV file's name is the same in lower case with underscores.
  let title: String
  let isNumber: Bool
  /// Only in CSV and in the view of one record.
  let isDetail: Bool
  let value: @Sendable (Record) -> String

  init(
    _ title: String, isNumber: Bool = false, isDetail: Bool = false,
    _ value: @escaping @Sendable (Record) -> String
  ) {
    self.title = title
    self.isNumber = isNumber
    self.isDetail = isDetail
    self.value = value
  }

  var key: String { title.lowercased().replacing(" ", with: "_") }
}
