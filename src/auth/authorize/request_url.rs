//! The URL of an authorization request.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use sha2::{Digest as _, Sha256};
use url::Url;

use super::{AuthorizationParams, AuthorizeError, OFFLINE_ACCESS};
use crate::http::{self, HttpError};

impl AuthorizationParams<'_> {
    /// Returns the URL that the person opens. The user's own parameters replace the others. The URL of the endpoint
    /// stays as the server wrote it, and every decoder can read the encoding of the parameters.
    pub(super) fn url(&self, state: &str, verifier: &str) -> Result<String, AuthorizeError> {
        let endpoint = self.endpoint.split('#').next().unwrap_or_default();
        let (page, mark) =
            endpoint.split_once('?').map_or((endpoint, '?'), |(page, _)| (page, '&'));
        Url::parse(page).map_err(|_| HttpError::not_a_url(page))?;
        Url::parse(self.redirect_uri)
            .map_err(|_| AuthorizeError::RedirectUri(self.redirect_uri.to_owned()))?;
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
        let pairs = self.pairs(state, &challenge);
        let pairs = pairs.into_iter().filter(|(name, _)| !self.params.contains_key(*name));
        let own = self.params.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        Ok(format!("{endpoint}{mark}{}", http::query(pairs.chain(own))))
    }

    fn pairs<'a>(&'a self, state: &'a str, challenge: &'a str) -> Vec<(&'static str, &'a str)> {
        let mut pairs = vec![
            ("response_type", "code"),
            ("client_id", self.client_id),
            ("state", state),
            ("code_challenge", challenge),
            ("code_challenge_method", "S256"),
            ("redirect_uri", self.redirect_uri),
        ];
        let scope = self.scope.filter(|scope| !scope.is_empty());
        pairs.extend(scope.map(|scope| ("scope", scope)));
        pairs.extend(self.resource.map(|resource| ("resource", resource)));
        // Without a consent prompt, OpenID providers ignore `offline_access` and give no refresh
        // token.
        if scope.is_some_and(|scope| scope.split(' ').any(|one| one == OFFLINE_ACCESS)) {
            pairs.push(("prompt", "consent"));
        }
        pairs
    }
}
