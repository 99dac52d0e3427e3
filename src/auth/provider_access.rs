//! What is needed to use a sign-in at an identity provider for a server.

use std::sync::OnceLock;

use super::Token;
use super::cache::SignInFiles;
use super::call::BridgeCall;
use crate::http::{HttpClient, HttpConfig, HttpError};
use crate::paths::Environment;

/// The sign-in at an identity provider, and the secrets that it needs. `Debug` hides them.
pub struct ProviderAccess {
    /// Its files.
    pub files: SignInFiles,
    /// The secret of the OAuth client.
    pub client_secret: Option<Token>,
    /// An ID token that another program got.
    pub id_token: Option<Token>,
    issuer: String,
    env: Environment,
    http: OnceLock<HttpClient>,
}

impl std::fmt::Debug for ProviderAccess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ProviderAccess(…)")
    }
}

impl ProviderAccess {
    /// Makes the access. It sends nothing.
    pub fn new(
        env: &Environment,
        call: &BridgeCall,
        files: SignInFiles,
        (client_secret, id_token): (Option<Token>, Option<Token>),
    ) -> Self {
        let (issuer, env, http) = (call.url.clone(), env.clone(), OnceLock::new());
        Self { files, client_secret, id_token, issuer, env, http }
    }

    /// Returns the HTTP client. The provider is declared, so it may be in a private network although the server is not.
    ///
    /// # Errors
    /// Fails if the environment names a proxy or certificates that cannot be used.
    pub fn http(&self) -> Result<&HttpClient, HttpError> {
        if let Some(http) = self.http.get() {
            return Ok(http);
        }
        let http = HttpClient::new(&self.env, &self.issuer, &HttpConfig::sign_in(false, false))?;
        Ok(self.http.get_or_init(|| http))
    }
}
