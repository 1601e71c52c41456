/// Who calls and what they may do: signed tokens, verified offline. Knows no transport.
