//! Texts of the server's, before anybody sees them.

use serde_json::Value;

use super::{Access, lock};
use crate::auth::Token;

// What is shorter is no secret, and stands in many a word.
const SHORTEST: usize = 8;
// Headers that never are.
const PLAIN: [&str; 3] = ["accept", "content-type", "user-agent"];

impl Access {
    /// Takes every credential out of what an error says, before somebody cuts it: a part of one is none that is known.
    pub fn hide_in(&self, error: Option<&mut Value>) {
        if let Some(Value::String(text)) = error.and_then(|error| error.get_mut("message")) {
            *text = self.hide(std::mem::take(text));
        }
    }

    /// Takes every credential out of a text: a server may say what it was shown.
    pub fn hide(&self, text: String) -> String {
        let secret = |name: &str| !PLAIN.iter().any(|plain| plain.eq_ignore_ascii_case(name));
        let headers = self.credentials.headers.iter().filter(|(name, _)| secret(name));
        let headers = headers.map(|(_, value)| value.as_str());
        let words = headers.clone().flat_map(str::split_whitespace);
        let tokens = lock(&self.known).tokens.clone();
        let tokens = tokens.map(|tokens| [Some(tokens.access_token), tokens.id_token]);
        let tokens: Vec<Token> = tokens.into_iter().flatten().flatten().collect();
        let secrets = headers.chain(words).chain(tokens.iter().map(Token::expose));
        let long = secrets.filter(|secret| secret.len() >= SHORTEST);
        long.fold(text, |text, secret| text.replace(secret, "…"))
    }
}
