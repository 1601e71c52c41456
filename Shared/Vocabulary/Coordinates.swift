/// A place on the earth, in degrees of WGS 84.
package struct Coordinates: Hashable, Sendable {
  package var latitude: Double
  package var longitude: Double

  package init(latitude: Double, longitude: Double) {
    self.latitude = latitude
    self.longitude = longitude
  }

  package func violations(_ field: String) -> [Violation] {
    check("\(field).latitude", latitude, 90) + check("\(field).longitude", longitude, 180)
  }

  /// NaN is in no range.
  private func check(_ field: String, _ degrees: Double, _ limit: Double) -> [Violation] {
    guard !(-limit...limit).contains(degrees) else { return [] }
    return [
      Violation(field, .numberInvalid, "\(degrees) is not between -\(Int(limit)) and \(Int(limit))")
    ]
  }
}
