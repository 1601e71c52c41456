/// The method that was asked for last: callers call the same one again and again.
package struct RecentMethod: Sendable {
  private var found: (path: [UInt8], method: ServerMethod)?

  package init() {}

  /// Looks in `router` only for another than the last. What a fallback finds is asked for anew.
  package mutating func method(at path: ArraySlice<UInt8>, in router: Router) throws(RPCError)
    -> ServerMethod
  {
    if let found, path.elementsEqual(found.path) { return found.method }
    let method = try router.method(at: path)
    if router.fallback == nil { found = (Array(path), method) }
    return method
  }
}
