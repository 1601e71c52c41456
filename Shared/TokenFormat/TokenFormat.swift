/// How a token is written: base64 for URLs, and JSON that is read strictly. No keys and no
/// cryptography, so that fuzzing builds neither. What a token means is `Auth`'s.
