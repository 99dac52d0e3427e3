//! The arguments of the bridge for a declared server, in a fixed order, so that all clients share one cache key.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::variables::{
    ASSERTION, CLIENT_KEY, CLIENT_SECRET, ID_TOKEN, IDP_SECRET, header_variable,
};
use crate::client::Transport;
use crate::model::{Auth, Grant, IdentityProvider, OAuthSettings, RemoteServer, Server, url};

/// Returns the values of all headers on the command line of the bridge, which are part of its cache key. A secret,
/// and a value that the bridge would expand, is in an environment variable, and the name of that is here.
fn header_values(remote: &RemoteServer) -> BTreeMap<String, String> {
    let named = |name: &str| (name.to_owned(), format!("${{{}}}", header_variable(name)));
    let literal = |(name, value): (&String, &String)| match value.contains("${") {
        true => named(name),
        false => (name.clone(), value.clone()),
    };
    let token = match &remote.auth {
        Auth::Token(token) => Some(named(&token.header)),
        Auth::None | Auth::OAuth(_) => None,
    };
    let secrets = remote.secrets.keys().map(|name| named(name));
    remote.headers.iter().map(literal).chain(secrets).chain(token).collect()
}

/// Returns the arguments of the bridge: the URL, the port, and the flags in a fixed order.
pub fn bridge_args(server: &Server, remote: &RemoteServer) -> Vec<String> {
    let mut args = vec![remote.url.clone()];
    if let Auth::OAuth(oauth) = &remote.auth {
        // The port is the second positional argument.
        args.extend(oauth.port.map(|port| port.to_string()));
        oauth_flags(oauth, &mut args);
    }
    let mut option = |name: &str, value: String| args.extend([name.to_owned(), value]);
    for (name, text) in header_values(remote) {
        option("--header", format!("{name}:{text}"));
    }
    for tool in &server.deny {
        option("--ignore-tool", tool.clone());
    }
    if remote.transport == Transport::Sse {
        option("--transport", "sse-only".into());
    }
    if remote.allow_http || is_unusual_loopback(&remote.url) {
        args.push("--allow-http".into());
    }
    args
}

/// Returns the arguments that only the native bridge has.
pub fn native_args(server: &Server, remote: &RemoteServer) -> Vec<String> {
    let mut args = vec![];
    let mut option = |name: &str, value: String| args.extend([name.to_owned(), value]);
    for tool in &server.allow {
        option("--only-tool", tool.clone());
    }
    if let Auth::OAuth(oauth) = &remote.auth {
        let key = oauth.private_key.as_ref().map(|_| format!("${{{CLIENT_KEY}}}"));
        let assertion = oauth.assertion.as_ref().map(|_| format!("${{{ASSERTION}}}"));
        let provider = oauth.provider.as_ref().map(|provider| provider_json(provider).to_string());
        let options = [
            ("--issuer", oauth.issuer.clone()),
            ("--client-private-key", key),
            ("--assertion", assertion),
            ("--idp", provider),
        ];
        options
            .into_iter()
            .for_each(|(name, value)| value.into_iter().for_each(|it| option(name, it)));
    }
    args
}

/// Returns how the bridge is told about an identity provider. Its secrets are in environment variables.
pub fn provider_json(provider: &IdentityProvider) -> Value {
    let IdentityProvider { name: _, issuer, client_id, oauth, id_token } = provider;
    let mut fields = client_metadata(oauth);
    fields.insert("issuer".to_owned(), issuer.as_str().into());
    fields.insert("client_id".to_owned(), client_id.as_str().into());
    let variables = [
        ("client_secret", IDP_SECRET, oauth.client_secret.is_some()),
        ("id_token", ID_TOKEN, id_token.is_some()),
    ];
    for (name, variable, _) in variables.into_iter().filter(|(_, _, is_set)| *is_set) {
        fields.insert(name.to_owned(), format!("${{{variable}}}").into());
    }
    let texts = [("host", &oauth.host), ("callback_path", &oauth.callback_path)];
    for (name, value) in texts {
        fields.extend(value.as_deref().map(|value| (name.to_owned(), value.into())));
    }
    fields.extend(oauth.port.map(|port| ("port".to_owned(), port.into())));
    if oauth.grant == Grant::Device {
        fields.insert("device".to_owned(), true.into());
    }
    if !oauth.authorize_params.is_empty() {
        fields.insert("authorize_params".to_owned(), json!(oauth.authorize_params));
    }
    Value::Object(fields)
}

// The bridge accepts only two loopback hosts without a flag (mcp-remote, `--allow-http`).
fn is_unusual_loopback(url: &str) -> bool {
    let plain = url.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http://"));
    plain && !["localhost", "127.0.0.1"].contains(&url::parts(url).host)
}

fn oauth_flags(oauth: &OAuthSettings, args: &mut Vec<String>) {
    let mut option = |name: &str, value: &str| args.extend([name.to_owned(), value.to_owned()]);
    for (name, value) in &oauth.authorize_params {
        option("--authorize-param", &format!("{name}={value}"));
    }
    let simple = [
        ("--callback-path", &oauth.callback_path),
        ("--client-metadata-url", &oauth.client_metadata_url),
        ("--host", &oauth.host),
        ("--resource", &oauth.resource),
    ];
    for (name, value) in simple {
        if let Some(value) = value {
            option(name, value);
        }
    }
    if let Some(id) = &oauth.client_id {
        let mut info = json!({ "client_id": id });
        if oauth.client_secret.is_some() {
            info["client_secret"] = format!("${{{CLIENT_SECRET}}}").into();
        }
        option("--static-oauth-client-info", &info.to_string());
    }
    let metadata = client_metadata(oauth);
    if !metadata.is_empty() {
        option("--static-oauth-client-metadata", &Value::Object(metadata).to_string());
    }
    if let Some(endpoint) = &oauth.token_endpoint {
        option("--token-endpoint", endpoint);
    }
    let flags = [
        ("--client-credentials", oauth.grant == Grant::ClientCredentials),
        ("--device-code", oauth.grant == Grant::Device),
        ("--disable-resource-parameter", oauth.without_resource),
        ("--use-id-token", oauth.id_token),
    ];
    args.extend(flags.into_iter().filter(|(_, is_set)| *is_set).map(|(name, _)| name.to_owned()));
}

fn client_metadata(oauth: &OAuthSettings) -> Map<String, Value> {
    let declared = [
        ("scope", &oauth.scope),
        ("token_endpoint_auth_method", &oauth.auth_method),
        ("token_endpoint_auth_signing_alg", &oauth.algorithm),
    ];
    let declared = declared.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
    let mut metadata: Map<String, Value> =
        declared.map(|(name, value)| (name.to_owned(), value.into())).collect();
    metadata.extend(oauth.registration.clone());
    metadata
}
