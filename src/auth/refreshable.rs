//! Whether a bridge can refresh a sign-in without a person.

use super::cache::{SignInFiles, TokenSet};
use super::call::BridgeCall;
use crate::paths::Os;

/// Returns whether a bridge can refresh a sign-in: it needs a refresh token and the OAuth client.
/// The bridge deletes a registration without its redirect URI.
pub fn renews_itself(call: &BridgeCall, files: &SignInFiles, tokens: &TokenSet, os: Os) -> bool {
    if tokens.refresh_token.is_none() {
        return false;
    }
    if call.client_id.is_some() || call.client_metadata_url.is_some() {
        return true;
    }
    let redirect = call.redirect_uri(os, call.base_port(files.key()));
    let registration = files.registration().ok().flatten();
    registration.is_some_and(|registration| registration.redirect_uris.contains(&redirect))
}
