//! The identity of the client: it comes once, in `initialize`, but the revision 2026-07-28 requires it on each message.

use serde_json::{Map, Value, json};

use super::VERSION;

pub(super) const META: &str = "_meta";
const PROTOCOL_VERSION: &str = "io.modelcontextprotocol/protocolVersion";
const CLIENT_CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
const CLIENT_INFO: &str = "io.modelcontextprotocol/clientInfo";
const LOG_LEVEL: &str = "io.modelcontextprotocol/logLevel";

/// The capabilities and the name of a client.
#[derive(Debug, Clone)]
pub struct ClientIdentity {
    capabilities: Value,
    info: Option<Value>,
}

impl ClientIdentity {
    /// Reads the identity from `initialize`.
    pub fn of(initialize: &Value) -> Self {
        let said = |name: &str| initialize.pointer(name).filter(|said| said.is_object()).cloned();
        Self {
            capabilities: said("/params/capabilities").unwrap_or_else(|| json!({})),
            info: said("/params/clientInfo"),
        }
    }

    /// Makes a request of the bridge itself.
    pub fn request(&self, id: &Value, method: &str, params: Value) -> Value {
        let mut message = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        self.stamp(&mut message);
        message
    }

    /// Sets the revision, the capabilities and the name in a message. Replaces a revision of the client, because only
    /// the bridge knows the revision that it sends in the header.
    pub fn stamp(&self, message: &mut Value) {
        let Some(meta) = meta(message) else { return };
        meta.insert(PROTOCOL_VERSION.into(), VERSION.into());
        meta.insert(CLIENT_CAPABILITIES.into(), self.capabilities.clone());
        if let Some(info) = &self.info {
            meta.insert(CLIENT_INFO.into(), info.clone());
        }
    }

    /// Returns whether the client supports a question.
    pub fn can(&self, method: &str, params: &Value) -> bool {
        let declared = |name: &str| self.capabilities.pointer(name).is_some();
        match method {
            "sampling/createMessage" => declared("/sampling"),
            "roots/list" => declared("/roots"),
            "elicitation/create" if params["mode"] == "url" => declared("/elicitation/url"),
            // A client that names no mode supports forms, which were the only mode in older revisions.
            "elicitation/create" => {
                declared("/elicitation/form")
                    || declared("/elicitation") && !declared("/elicitation/url")
            }
            _other => false,
        }
    }
}

/// Sets the log level in a request. Without it, a server sends no logs.
pub fn stamp_level(message: &mut Value, level: Option<&Value>) {
    if let (Some(level), Some(meta)) = (level, meta(message)) {
        meta.entry(LOG_LEVEL).or_insert_with(|| level.clone());
    }
}

fn meta(message: &mut Value) -> Option<&mut Map<String, Value>> {
    let params = object(message.as_object_mut()?, "params")?;
    object(params, META)
}

pub(super) fn object<'a>(
    map: &'a mut Map<String, Value>,
    name: &str,
) -> Option<&'a mut Map<String, Value>> {
    let value = map.entry(name).or_insert(Value::Null);
    if value.is_null() {
        *value = json!({});
    }
    value.as_object_mut()
}
