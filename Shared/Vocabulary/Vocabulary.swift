/// Values that two domains share: days and dates as precise as their source, texts in several
/// languages, countries, who may read what, and the words in which a request is refused.
///
/// A value that can be wrong in more than one way (`PartialDate`, `LocalizedText`) holds what was
/// said and tells its faults, so that a caller hears of all of them at once; one that is either
/// right or not (`LanguageTag`, `CountryCode`, `ResourceID`) exists only when it is right.
///
/// `Requests` holds what every list method reads: filters, pages and their tokens.
///
/// Nothing here knows of messages, of a database or of Foundation.
