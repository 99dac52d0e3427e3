//! The token endpoint of a refresh: the one that issued the tokens, or the one that discovery finds.

use super::{RefreshError, RefreshRequest};
use crate::auth::cache::TokenSet;
use crate::auth::client_assertion::{ClientKeyError, client_assertion};
use crate::auth::discover::{Discovery, ExpectedIssuer, authorization_server, discover};
use crate::auth::oauth_client::{ClientAuthMethod, ClientOrigin, OAuthClient};
use crate::auth::token_endpoint::TokenEndpoint;
use crate::auth::token_origin::TokenOrigin;
use crate::auth::{issuer, register, requested_access};

/// Where a refresh token is sent, and by which OAuth client.
#[derive(Debug)]
pub struct RefreshEndpoint {
    pub url: String,
    pub issuer: String,
    pub client: OAuthClient,
    resource: Option<String>,
    /// The scope to request if the token set names none.
    pub scope: Option<String>,
    /// Whether the server may have another token endpoint now.
    pub may_have_moved: bool,
}

impl RefreshEndpoint {
    /// Returns the token endpoint with the parameters of every request.
    pub fn token_endpoint<'a>(&'a self, request: &RefreshRequest<'a>) -> TokenEndpoint<'a> {
        TokenEndpoint {
            http: request.http,
            url: &self.url,
            issuer: &self.issuer,
            client: &self.client,
            resource: self.resource.as_deref(),
        }
    }

    fn of(found: Discovery, client: OAuthClient, request: &RefreshRequest<'_>) -> Self {
        let resource = requested_access::resource(request.call, &found).map(str::to_owned);
        let scope = requested_access::scope(request.call, &found);
        let (url, issuer) = (found.server.token_endpoint, found.server.issuer);
        Self { url, issuer, client, resource, scope, may_have_moved: false }
    }
}

impl RefreshRequest<'_> {
    /// Returns the endpoint that issued the tokens, if the cache says so and the OAuth client is still the same.
    pub(super) fn remembered(&self, tokens: &TokenSet) -> Option<RefreshEndpoint> {
        let origin = TokenOrigin::of(tokens)?;
        let TokenOrigin { issuer, token_endpoint: url, client_id: id, auth_method, resource } =
            origin;
        if self.call.issuer.as_ref().is_some_and(|declared| *declared != issuer) {
            return None;
        }
        let client = self.remembered_client(&id, auth_method)?;
        let resource = match &self.call.resource {
            _ if self.call.without_resource => None,
            Some(declared) => Some(declared.clone()),
            None => resource,
        };
        let scope = self.call.scope.clone();
        Some(RefreshEndpoint { url, issuer, client, resource, scope, may_have_moved: true })
    }

    // What is declared now wins over what was used at the sign-in.
    fn remembered_client(&self, id: &str, auth_method: String) -> Option<OAuthClient> {
        if let Some(declared) = &self.call.client_id {
            let secret = self.credentials.client_secret.clone();
            let client =
                register::declared_client(id, secret, &self.call.client_metadata, &[auth_method]);
            return (declared == id).then_some(client);
        }
        let method = ClientAuthMethod::named(&auth_method)?;
        if self.call.client_metadata_url.as_deref() == Some(id) {
            return Some(OAuthClient { method, ..register::document_client(id) });
        }
        let registration = self.files.registration().ok().flatten();
        let registration = registration.filter(|registration| registration.client_id == id)?;
        let (id, secret) = (id.to_owned(), registration.client_secret);
        Some(OAuthClient { id, secret, method, origin: ClientOrigin::Registered })
    }

    /// Returns the token endpoint of an identity provider, with the stored sign-in or without one.
    ///
    /// # Errors
    /// Fails if discovery fails.
    pub fn provider_endpoint(
        &self,
        tokens: Option<&TokenSet>,
    ) -> Result<RefreshEndpoint, RefreshError> {
        if let Some(known) = tokens.and_then(|tokens| self.remembered(tokens)) {
            return Ok(known);
        }
        let found = discover(self.http, self.call, &[])?;
        let client = self.client(&found)?;
        Ok(RefreshEndpoint::of(found, client, self))
    }

    /// Finds the endpoint by discovery. If that fails, the issuer of the tokens is asked itself: it knows the refresh
    /// token already.
    pub(super) fn discovered(&self, tokens: &TokenSet) -> Result<RefreshEndpoint, RefreshError> {
        let known_issuer = || {
            let declared = self.call.issuer.as_ref();
            let issuer = tokens.issuer.as_ref()?;
            if declared.is_some_and(|declared| declared != issuer) {
                return None;
            }
            let server = authorization_server(self.http, issuer, ExpectedIssuer::Asked).ok()?;
            Some(Discovery::of_server(server))
        };
        let found = discover(self.http, self.call, &self.credentials.headers)
            .or_else(|error| known_issuer().ok_or(error))?;
        self.check_issuer(tokens, &found.server.issuer)?;
        let client = self.client(&found)?;
        Ok(RefreshEndpoint::of(found, client, self))
    }

    /// Returns the declared OAuth client, as it authenticates at an authorization server.
    ///
    /// # Errors
    /// Fails if its private key cannot be used.
    pub fn declared_client(
        &self,
        id: &str,
        issuer: &str,
        offered: &[String],
    ) -> Result<OAuthClient, ClientKeyError> {
        let (credentials, metadata) = (self.credentials, &self.call.client_metadata);
        match &credentials.client_key {
            Some(key) => {
                let assertion = client_assertion(key, id, issuer, metadata)?;
                Ok(register::asserting_client(id, assertion))
            }
            None => {
                let secret = credentials.client_secret.clone();
                Ok(register::declared_client(id, secret, metadata, offered))
            }
        }
    }

    /// Returns the OAuth client that signed in, in the order of a login.
    ///
    /// # Errors
    /// Fails if its registration is missing.
    pub fn client(&self, found: &Discovery) -> Result<OAuthClient, RefreshError> {
        if let Some(id) = &self.call.client_id {
            return Ok(self.declared_client(
                id,
                &found.server.issuer,
                &found.server.auth_methods,
            )?);
        }
        if let Some(url) = &self.call.client_metadata_url
            && found.server.supports_client_metadata_documents
        {
            return Ok(register::document_client(url));
        }
        let registration = self.files.registration()?.ok_or(RefreshError::NoRegistration)?;
        issuer::check_known(registration.issuer.as_deref(), &found.server.issuer)?;
        Ok(register::registered_client(&registration, &found.server))
    }
}
