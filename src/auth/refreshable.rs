//! Whether a bridge can refresh a sign-in without a person.

use super::cache::{Registration, SignInFiles, TokenSet};
use super::call::BridgeCall;
use super::{issuer, now};
use crate::paths::Os;

/// Returns whether a bridge can refresh a sign-in: it needs a refresh token and the OAuth client.
/// The bridge deletes a registration without its redirect URI.
pub fn renews_itself(call: &BridgeCall, files: &SignInFiles, tokens: &TokenSet, os: Os) -> bool {
    if call.grant.is_unattended() {
        return call.provider.is_none() || provider_vouches(call, files, os);
    }
    if tokens.refresh_token.is_none() {
        return false;
    }
    if call.client_id.is_some() || call.client_metadata_url.is_some() {
        return true;
    }
    let redirect = call.redirect_uri(os, call.base_port(files.key()));
    let registration = registration(call, files);
    registration.is_some_and(|registration| registration.redirect_uris.contains(&redirect))
}

/// Returns whether nobody needs to sign in at the identity provider of a server.
pub fn provider_vouches(call: &BridgeCall, files: &SignInFiles, os: Os) -> bool {
    let Some(provider) = call.provider.as_deref() else { return false };
    let files = files.at_provider(&provider.key());
    let tokens = files.tokens().ok().flatten().filter(|tokens| tokens.id_token.is_some());
    let is_valid = |tokens: TokenSet| {
        provider.is_fresh(&tokens, now()) || renews_itself(provider, &files, &tokens, os)
    };
    provider.has_given_id_token || tokens.is_some_and(is_valid)
}

/// Returns whether the cache says who issued a sign-in. mcpgen sends it nowhere otherwise.
pub fn has_issuer(call: &BridgeCall, files: &SignInFiles, tokens: &TokenSet) -> bool {
    let registration = registration(call, files);
    let issuer = issuer::of_sign_in(tokens, registration.as_ref());
    issuer.or_else(|| tokens.claimed_issuer()).is_some()
}

/// Reads the registration of the OAuth client. A pre-registered client has none in the cache.
pub fn registration(call: &BridgeCall, files: &SignInFiles) -> Option<Registration> {
    call.client_id.is_none().then(|| files.registration().ok().flatten()).flatten()
}
