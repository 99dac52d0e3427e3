//! The URL of an authorization request. The `oauth2` crate makes its parameters.

use oauth2::basic::BasicClient;
use oauth2::{
    AuthUrl, ClientId, CsrfToken, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope,
};

use super::{AuthorizationParams, AuthorizeError, OFFLINE_ACCESS};
use crate::http::{self, HttpError};

impl AuthorizationParams<'_> {
    /// Returns the URL that the person opens. The user's own parameters replace those of the crate. The URL of the
    /// endpoint stays as the server wrote it, and every decoder can read the encoding of the parameters.
    pub(super) fn url(&self, state: &str, verifier: &str) -> Result<String, AuthorizeError> {
        let endpoint = self.endpoint.split('#').next().unwrap_or_default();
        let (page, mark) =
            endpoint.split_once('?').map_or((endpoint, '?'), |(page, _)| (page, '&'));
        let pairs = self.pairs(page, state, verifier)?;
        let crates = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let crates = crates.filter(|(name, _)| !self.params.contains_key(*name));
        let own = self.params.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        Ok(format!("{endpoint}{mark}{}", http::query(crates.chain(own))))
    }

    fn pairs(
        &self,
        page: &str,
        state: &str,
        verifier: &str,
    ) -> Result<Vec<(String, String)>, AuthorizeError> {
        let page = AuthUrl::new(page.to_owned()).map_err(|_| HttpError::not_a_url(page))?;
        let redirect = RedirectUrl::new(self.redirect_uri.to_owned())
            .map_err(|_| AuthorizeError::RedirectUri(self.redirect_uri.to_owned()))?;
        let client = BasicClient::new(ClientId::new(self.client_id.to_owned()))
            .set_auth_uri(page)
            .set_redirect_uri(redirect);
        let verifier = PkceCodeVerifier::new(verifier.to_owned());
        let mut request = client
            .authorize_url(|| CsrfToken::new(state.to_owned()))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .add_scopes(self.scope.map(|scope| Scope::new(scope.to_owned())));
        if let Some(resource) = self.resource {
            request = request.add_extra_param("resource", resource);
        }
        // Without a consent prompt, OpenID providers ignore `offline_access` and give no refresh
        // token.
        if self.scope.is_some_and(|scope| scope.split(' ').any(|one| one == OFFLINE_ACCESS)) {
            request = request.add_extra_param("prompt", "consent");
        }
        let (url, _) = request.url();
        Ok(http::decode(url.query().unwrap_or_default()))
    }
}
