//! Whether a bridge can refresh a sign-in without a person.

use super::cache::{Registration, SignInFiles, TokenSet};
use super::call::BridgeCall;
use super::issuer;
use crate::model::Grant;
use crate::paths::Os;

/// Returns whether a bridge can refresh a sign-in: it needs a refresh token and the OAuth client.
/// The bridge deletes a registration without its redirect URI.
pub fn renews_itself(call: &BridgeCall, files: &SignInFiles, tokens: &TokenSet, os: Os) -> bool {
    if call.grant == Grant::ClientCredentials {
        return true;
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
