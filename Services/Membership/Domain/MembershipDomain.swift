/// The rules of the register of members. No clock, no database, no messages.
///
///     Member            what is said of one, for some days; `violations` tells all that is wrong
///     MemberPath        a field of it, as a mask names it: `take`, `changedPaths`
///     MemberState       a member with the status that its steps give it
///     RegisteredMember  one member through all days, and what may be done to it:
///                       admitted, updated, deleted, undeleted
///     ImportContext     what becomes of a row of an import, by what there is around it
///
/// Of the two clocks this module keeps the valid time (a `Timeline` of states); the recorded time
/// is the store's. Start at `RegisteredMember`.
