//! Removes credentials from the strings of a server before they are forwarded or logged.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::Value;

use super::BridgeCredential;
use crate::auth::Token;
use crate::secret::{literal, redact};

// A shorter value of a header that is not secret may be an ordinary word.
const SHORTEST: usize = 8;
// Headers that are never secret.
const PLAIN: [&str; 3] = ["accept", "content-type", "user-agent"];

impl BridgeCredential {
    /// Removes every credential from the message of a JSON-RPC error. Call this before the message is shortened,
    /// because a part of a credential is not recognized.
    pub fn redact_error(&self, error: Option<&mut Value>) {
        if let Some(Value::String(text)) = error.and_then(|error| error.get_mut("message")) {
            *text = self.redact(std::mem::take(text));
        }
    }

    /// Removes every credential from a string, because a server may quote the request.
    pub fn redact(&self, text: String) -> String {
        let mut secrets: Vec<Token> = vec![];
        for (at, (name, value)) in self.credentials.headers.iter().enumerate() {
            if !PLAIN.iter().any(|plain| plain.eq_ignore_ascii_case(name)) {
                let written = self.call.headers.get(at).is_some_and(|(_, text)| text == value);
                secrets.extend(parts(value, written && !literal::is_secret_name(name)));
            }
        }
        secrets.extend(self.credentials.client_secret.clone());
        if let Some(tokens) = self.known.lock().tokens.clone() {
            secrets.extend([Some(tokens.access_token), tokens.id_token].into_iter().flatten());
        }
        redact(&text, &secrets.iter().map(Token::expose).collect::<Vec<_>>())
    }
}

// Returns the value of a header, its words without the scheme, and the credentials in its base64 (RFC 7617). If the
// value is `plain` (written literally in the arguments, under a name that is not secret), omits short parts.
fn parts(value: &str, plain: bool) -> Vec<Token> {
    let words: Vec<&str> = value.split_whitespace().collect();
    let words = if words.len() > 1 { &words[1..] } else { &words[..] };
    let decoded = words.iter().filter_map(|word| {
        let pair = String::from_utf8(BASE64_STANDARD.decode(word).ok()?).ok()?;
        let (_, password) = pair.split_once(':')?;
        Some([password.to_owned(), pair])
    });
    let decoded: Vec<String> = decoded.flatten().collect();
    let all = [value].into_iter().chain(words.iter().copied()).map(str::to_owned).chain(decoded);
    all.filter(|part| !plain || part.len() >= SHORTEST).map(Token::new).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_header_are_its_words_and_the_decoded_base64() {
        // RFC 7617, section 2.
        let basic = "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==";
        for (value, plain, want) in [
            ("Bearer abc", false, &["Bearer abc", "abc"][..]),
            ("Bearer abc", true, &["Bearer abc"]),
            ("abc", false, &["abc", "abc"]),
            ("prod", true, &[]),
            (
                basic,
                true,
                &[basic, "QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "open sesame", "Aladdin:open sesame"],
            ),
        ] {
            let found = parts(value, plain);
            assert_eq!(found.iter().map(Token::expose).collect::<Vec<_>>(), want, "{value}");
        }
    }
}
