//! Sends the parameters of a grant, and reads the tokens in the response.

use std::time::Duration;

use serde_json::{Map, Value};

use super::{ExchangeError, TokenEndpoint, post_form};
use crate::auth::cache::{InvalidTokenSet, TokenSet};
use crate::auth::error_response::ErrorResponse;
use crate::auth::{Token, now};
use crate::http::{BufferedResponse, shown};

// Parameters that are not secret. Their values are words that a server's own text may contain.
const PUBLIC: [&str; 7] = [
    "audience",
    "grant_type",
    "redirect_uri",
    "requested_token_type",
    "resource",
    "scope",
    "subject_token_type",
];

impl TokenEndpoint<'_> {
    /// Requests a grant by its parameters.
    ///
    /// # Errors
    /// Fails if the server refuses or sends an invalid token set.
    pub fn request(
        self,
        timeout: Duration,
        form: &[(&str, &str)],
    ) -> Result<TokenSet, ExchangeError> {
        self.http.check(self.url)?;
        let (summary, fields) = self.post(form, timeout)?;
        match TokenSet::granted(fields, now()) {
            Ok(tokens) => Ok(self.signed(tokens)),
            Err(cause) => Err(self.invalid(summary, &cause)),
        }
    }

    // Returns a summary of the response, and its fields.
    pub(super) fn post(
        &self,
        form: &[(&str, &str)],
        timeout: Duration,
    ) -> Result<(String, Map<String, Value>), ExchangeError> {
        let mut form = form.to_vec();
        form.extend(self.resource.map(|resource| ("resource", resource)));
        let response = post_form(self.http, self.url, self.client, &form, Some(timeout))?;
        let fields = response.json().unwrap_or_default();
        if !response.is_success() || is_error(&fields) {
            return Err(self.refused(&form, &response));
        }
        let summary = response.summary();
        match fields.is_empty() {
            true => Err(self.invalid(summary, &InvalidTokenSet::NotJson)),
            false => Ok((summary, fields)),
        }
    }

    fn refused(&self, form: &[(&str, &str)], response: &BufferedResponse) -> ExchangeError {
        let client = self.client.secrets();
        let sent = form.iter().filter(|(name, _)| !PUBLIC.contains(name)).map(|(_, value)| *value);
        let hidden: Vec<&str> = client.iter().map(Token::expose).chain(sent).collect();
        let error = ErrorResponse::from_response(response, &hidden);
        ExchangeError::Refused { url: shown(self.url), error, origin: self.client.origin }
    }

    pub(super) fn invalid(&self, summary: String, cause: &dyn std::fmt::Display) -> ExchangeError {
        ExchangeError::InvalidTokenSet { url: shown(self.url), summary, cause: cause.to_string() }
    }

    fn signed(&self, mut tokens: TokenSet) -> TokenSet {
        tokens.issuer = Some(self.issuer.to_owned());
        self.origin().add_to(&mut tokens);
        tokens
    }
}

// Some servers (GitHub) send errors with status 200.
fn is_error(fields: &Map<String, Value>) -> bool {
    fields.get("error").is_some_and(Value::is_string) && !fields.contains_key("access_token")
}
