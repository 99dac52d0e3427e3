//! Removes credentials from what a server says, before anybody sees it.

use serde_json::Value;

use super::BridgeCredential;
use crate::auth::Token;

// A shorter value is not a secret, and may be part of a word.
const SHORTEST: usize = 8;
// Headers that are never secret.
const PLAIN: [&str; 3] = ["accept", "content-type", "user-agent"];

impl BridgeCredential {
    /// Removes every credential from the message of a JSON-RPC error. Call this before the message is shortened: a part of
    /// a credential is not recognized.
    pub fn redact_error(&self, error: Option<&mut Value>) {
        if let Some(Value::String(text)) = error.and_then(|error| error.get_mut("message")) {
            *text = self.redact(std::mem::take(text));
        }
    }

    /// Removes every credential from a string, since a server may quote what it received.
    pub fn redact(&self, text: String) -> String {
        let secret = |name: &str| !PLAIN.iter().any(|plain| plain.eq_ignore_ascii_case(name));
        let headers = self.credentials.headers.iter().filter(|(name, _)| secret(name));
        let headers = headers.map(|(_, value)| value.as_str());
        let words = headers.clone().flat_map(str::split_whitespace);
        let tokens = self.known.lock().tokens.clone();
        let tokens = tokens.map(|tokens| [Some(tokens.access_token), tokens.id_token]);
        let tokens: Vec<Token> = tokens.into_iter().flatten().flatten().collect();
        let secrets = headers.chain(words).chain(tokens.iter().map(Token::expose));
        let long = secrets.filter(|secret| secret.len() >= SHORTEST);
        long.fold(text, |text, secret| text.replace(secret, "…"))
    }
}
