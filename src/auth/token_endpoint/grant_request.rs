//! Sends the grants of the `oauth2` crate with our HTTP client. The crate makes the parameters and reads the tokens. The
//! authentication of the OAuth client, the resource, and the meaning of an error are ours.

use std::cell::RefCell;
use std::time::Duration;

use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse,
};
use oauth2::{
    Client, ClientId, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, RequestTokenError,
    StandardRevocableToken, SyncHttpClient, TokenUrl,
};
use serde_json::{Map, Value};

use super::{ExchangeError, TokenEndpoint, post_form};
use crate::auth::cache::{InvalidTokenSet, TokenSet};
use crate::auth::error_response::ErrorResponse;
use crate::auth::token_set::GrantedTokens;
use crate::auth::{Token, now};
use crate::http::{self, BufferedResponse, HttpError, borrowed, shown};

/// The crate's client of a token endpoint.
pub type GrantClient = Client<
    BasicErrorResponse,
    GrantedTokens,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// The crate's result of a grant.
pub type GrantResult = Result<GrantedTokens, RequestTokenError<ExchangeError, BasicErrorResponse>>;

/// Sends the request that the crate makes for a grant.
#[derive(Debug)]
pub struct GrantTransport<'a> {
    endpoint: TokenEndpoint<'a>,
    timeout: Duration,
    // A summary of the response.
    summary: RefCell<String>,
}

impl SyncHttpClient for GrantTransport<'_> {
    type Error = ExchangeError;

    fn call(&self, request: HttpRequest) -> Result<HttpResponse, ExchangeError> {
        let mut form = http::decode(&String::from_utf8_lossy(request.body()));
        // The crate knows no credentials, and always sends the id.
        form.retain(|(name, _)| name != "client_id");
        let (summary, fields) = self.endpoint.post(&borrowed(&form), self.timeout)?;
        self.summary.replace(summary);
        Ok(HttpResponse::new(Value::Object(fields).to_string().into_bytes()))
    }
}

// Parameters that are not secret. Their values are words that a server's own text may contain.
const PUBLIC: [&str; 4] = ["grant_type", "redirect_uri", "resource", "scope"];

impl TokenEndpoint<'_> {
    /// Requests the grant that `grant` makes.
    ///
    /// # Errors
    /// Fails if the server refuses or sends an invalid token set.
    pub(super) fn request(
        self,
        timeout: Duration,
        grant: impl FnOnce(&GrantClient, &GrantTransport<'_>) -> GrantResult,
    ) -> Result<TokenSet, ExchangeError> {
        self.http.check(self.url)?;
        let url = TokenUrl::new(self.url.to_owned()).map_err(|_| HttpError::not_a_url(self.url))?;
        let client = Client::new(ClientId::new(self.client.id.clone())).set_token_uri(url);
        let transport = GrantTransport { endpoint: self, timeout, summary: RefCell::default() };
        let summary = || transport.summary.take();
        match grant(&client, &transport) {
            Ok(tokens) => Ok(self.token_set(tokens)),
            Err(RequestTokenError::Request(error)) => Err(error),
            Err(RequestTokenError::Parse(error, _)) => Err(self.invalid(summary(), &error.inner())),
            // The transport reports these itself, and the crate cannot make a request for this URL.
            Err(RequestTokenError::ServerResponse(_) | RequestTokenError::Other(_)) => {
                Err(HttpError::not_a_url(self.url).into())
            }
        }
    }

    /// Requests a grant that the crate does not have, by its parameters.
    ///
    /// # Errors
    /// Fails if the server refuses or sends an invalid token set.
    pub fn request_form(
        self,
        timeout: Duration,
        form: &[(&str, &str)],
    ) -> Result<TokenSet, ExchangeError> {
        let (summary, fields) = self.post(form, timeout)?;
        match GrantedTokens::try_from(fields) {
            Ok(tokens) => Ok(self.token_set(tokens)),
            Err(cause) => Err(self.invalid(summary, &cause)),
        }
    }

    // Returns a summary of the response, and its fields.
    fn post(
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

    fn invalid(&self, summary: String, cause: &dyn std::fmt::Display) -> ExchangeError {
        ExchangeError::InvalidTokenSet { url: shown(self.url), summary, cause: cause.to_string() }
    }

    fn token_set(&self, tokens: GrantedTokens) -> TokenSet {
        let mut tokens = TokenSet::granted(tokens, now());
        tokens.issuer = Some(self.issuer.to_owned());
        self.origin().add_to(&mut tokens);
        tokens
    }
}

// Some servers (GitHub) send errors with status 200.
fn is_error(fields: &Map<String, Value>) -> bool {
    fields.get("error").is_some_and(Value::is_string) && !fields.contains_key("access_token")
}
