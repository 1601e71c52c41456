internal import Glibc

extension Coordinates {
  /// The way along the earth, taken as a ball: right to half a hundredth of it.
  package func kilometres(to other: Coordinates) -> Double {
    let (mine, others) = (Self.radians(latitude), Self.radians(other.latitude))
    let rise = sin((others - mine) / 2)
    let turn = sin(Self.radians(other.longitude - longitude) / 2)
    let chord = rise * rise + cos(mine) * cos(others) * turn * turn
    return 2 * Self.earthRadius * asin(min(1, chord.squareRoot()))
  }

  private static let earthRadius = 6_371.0

  private static func radians(_ degrees: Double) -> Double { degrees * .pi / 180 }
}
