/// What the methods of every resource share (Google's AIPs), between the wire and a domain.
///
///     message ──▶ values of the Vocabulary, with a note of what cannot be one
///     `members/bilbao` ──▶ ResourceID      page_size, page_token ──▶ PageRequest
///     language_code, accept-language ──▶ LanguagePreference
///     [Violation] ──▶ INVALID_ARGUMENT with a google.rpc.BadRequest
///
/// It decides nothing about any resource. Start at `VocabularyMessages.swift`.
