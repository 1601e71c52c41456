/// Values that two domains share: names in several languages, dates with a precision, identifiers.
