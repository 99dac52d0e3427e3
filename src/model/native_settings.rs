//! The declared settings of a sign-in that a client does itself, as values of the client's fields.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::grant::Grant;
use super::oauth::ACCOUNT_PARAM;
use super::server::OAuthSettings;
use super::url::{DEFAULT_CALLBACK_PATH, DEFAULT_REDIRECT_HOST};
use crate::client::{NativeSignIn, SignInSetting};

/// The settings that a client has fields for, and the names of those that it has none for.
#[derive(Debug, Default)]
pub struct NativeSettings {
    /// The values of the client's fields.
    pub written: Vec<(SignInSetting, Value)>,
    /// The names of the other declared fields of `auth`.
    pub unsupported: BTreeSet<&'static str>,
}

/// Sorts the declared settings of a sign-in by whether a client has a field for them.
pub fn native_settings(oauth: &OAuthSettings, fields: Option<&NativeSignIn>) -> NativeSettings {
    let mut settings = NativeSettings::default();
    let has = |setting: SignInSetting| fields.is_some_and(|it| it.path(setting).is_some());
    for (name, declared, setting) in [
        ("client-id", &oauth.client_id, SignInSetting::ClientId),
        ("resource", &oauth.resource, SignInSetting::Resource),
        ("issuer", &oauth.issuer, SignInSetting::Issuer),
        ("client-metadata-url", &oauth.client_metadata_url, SignInSetting::ClientMetadataUrl),
    ] {
        settings.add(name, declared.as_ref().map(|text| json!(text)), setting, has(setting));
    }
    if let Some(scope) = &oauth.scope {
        let list: Vec<&str> = scope.split_whitespace().collect();
        if has(SignInSetting::Scopes) {
            settings.written.push((SignInSetting::Scopes, json!(list)));
        } else {
            let setting = SignInSetting::Scope;
            settings.add("scope", Some(json!(scope)), setting, has(setting));
        }
    }
    settings.redirect(oauth, &has);
    settings.unsupported.extend(inexpressible(oauth));
    settings
}

impl NativeSettings {
    fn add(&mut self, name: &'static str, value: Option<Value>, to: SignInSetting, has: bool) {
        match value {
            Some(value) if has => self.written.push((to, value)),
            Some(_) => drop(self.unsupported.insert(name)),
            None => {}
        }
    }

    // A port alone needs no whole URL if the client has a field for the port.
    fn redirect(&mut self, oauth: &OAuthSettings, has: &dyn Fn(SignInSetting) -> bool) {
        let OAuthSettings { host, port, callback_path: path, .. } = oauth;
        let moved = host.is_some() || path.is_some();
        let mut rest = vec![("host", host.is_some()), ("callback-path", path.is_some())];
        match port {
            Some(port) if moved && has(SignInSetting::RedirectUrl) => {
                self.redirect_url(oauth, *port);
                return;
            }
            Some(port) if has(SignInSetting::Port) => {
                self.written.push((SignInSetting::Port, json!(port)));
            }
            Some(port) if has(SignInSetting::RedirectUrl) => self.redirect_url(oauth, *port),
            Some(_) => rest.push(("port", true)),
            None => {}
        }
        let declared = rest.into_iter().filter(|(_, declared)| *declared);
        self.unsupported.extend(declared.map(|(name, _)| name));
    }

    // The URL that the bridge would have.
    fn redirect_url(&mut self, oauth: &OAuthSettings, port: u64) {
        let host = oauth.host.as_deref().unwrap_or(DEFAULT_REDIRECT_HOST);
        let path = oauth.callback_path.as_deref().unwrap_or(DEFAULT_CALLBACK_PATH);
        let url = format!("http://{host}:{port}{path}");
        self.written.push((SignInSetting::RedirectUrl, json!(url)));
    }
}

// Settings that no client has a field for.
fn inexpressible(oauth: &OAuthSettings) -> impl Iterator<Item = &'static str> {
    let account = oauth.authorize_params.contains_key(ACCOUNT_PARAM);
    let settings = [
        ("resource", oauth.without_resource),
        ("registration", !oauth.registration.is_empty()),
        ("device", oauth.grant == Grant::Device),
        ("use-id-token", oauth.id_token),
        ("account", account),
        ("authorize-params", oauth.authorize_params.len() > usize::from(account)),
        ("token-endpoint", oauth.token_endpoint.is_some()),
        ("token-endpoint-auth-method", oauth.auth_method.is_some()),
    ];
    settings.into_iter().filter(|(_, declared)| *declared).map(|(name, _)| name)
}
