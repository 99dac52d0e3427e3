//! Reads the description of a sign-in at an identity provider.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{BridgeCall, BridgeCallError};
use crate::auth::bridge_version::BridgeVersion;
use crate::model::Grant;

/// The option that describes an identity provider.
pub const IDP: &str = "--idp";

// Fields of a client registration that also matter for a client that is registered already.
const METADATA: [&str; 2] = ["scope", "token_endpoint_auth_method"];

/// Makes the call of a sign-in at an identity provider.
///
/// # Errors
/// Fails if a field is missing.
pub fn parse(description: &Value) -> Result<BridgeCall, BridgeCallError> {
    let text = |name: &str| description.get(name).and_then(Value::as_str).map(str::to_owned);
    let required = |name: &'static str| text(name).ok_or(BridgeCallError::Provider(name));
    let metadata = |name: &&str| Some(((*name).to_owned(), description.get(*name)?.clone()));
    let client_metadata: Map<String, Value> = METADATA.iter().filter_map(metadata).collect();
    let params = description.get("authorize_params").cloned().unwrap_or_default();
    let authorize_params: BTreeMap<String, String> =
        serde_json::from_value(params).unwrap_or_default();
    let port = description.get("port").and_then(Value::as_u64);
    let is_device = description.get("device").and_then(Value::as_bool) == Some(true);
    let issuer = required("issuer")?;
    Ok(BridgeCall {
        version: BridgeVersion::NEWEST,
        url: issuer.clone(),
        resource: None,
        without_resource: true,
        authorize_params,
        headers: vec![],
        client_metadata_url: None,
        token_endpoint: None,
        host: text("host"),
        port: port.and_then(|port| u16::try_from(port).ok()),
        callback_path: text("callback_path"),
        issuer: Some(issuer),
        scope: text("scope"),
        client_id: Some(required("client_id")?),
        client_metadata,
        grant: if is_device { Grant::Device } else { Grant::Browser },
        // The ID token is what the sign-in is for, so its expiry counts.
        id_token: true,
        allow_http: false,
        provider: None,
        is_provider: true,
        has_given_id_token: text("id_token").is_some(),
    })
}
