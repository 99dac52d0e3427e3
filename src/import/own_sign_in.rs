//! The settings of the sign-in that a client does itself, as fields of `auth`.

use serde_json::{Map, Value, json};

use super::draft::OAuthDraft;
use crate::client::{Client, SIGN_IN_SETTINGS, SignInSetting};
use crate::model::url;

/// Moves the settings that a declaration has fields for out of the client's own fields. Returns `None` if the entry has
/// no settings of a sign-in.
pub fn take_sign_in(client: &Client, own: &mut Map<String, Value>) -> Option<OAuthDraft> {
    let fields = client.sign_in.as_ref()?;
    let stated = |root: &&str| own.get(*root).is_some_and(|value| *value != json!(false));
    fields.roots().iter().find(|root| stated(root))?;
    let mut draft = OAuthDraft::default();
    for setting in SIGN_IN_SETTINGS {
        let Some(path) = fields.path(setting) else { continue };
        if value_at(own, path).is_some_and(|value| read(&mut draft, setting, value)) {
            remove_at(own, path);
        }
    }
    remove_constants(own, &fields.always);
    Some(draft)
}

/// Returns whether the entry forbids its client to sign in: `oauth: false`.
pub fn forbids_sign_in(client: &Client, own: &Map<String, Value>) -> bool {
    let roots = client.sign_in.as_ref().map(|fields| fields.roots()).unwrap_or_default();
    roots.iter().any(|root| own.get(*root) == Some(&json!(false)))
}

// Returns whether a declaration can have the value.
fn read(draft: &mut OAuthDraft, setting: SignInSetting, value: &Value) -> bool {
    let name = match setting {
        SignInSetting::ClientId => "client-id",
        SignInSetting::Scope | SignInSetting::Scopes => "scope",
        SignInSetting::Resource => "resource",
        SignInSetting::Issuer => "issuer",
        SignInSetting::ClientMetadataUrl => "client-metadata-url",
        SignInSetting::Port => {
            let port = value.as_u64().and_then(|port| u16::try_from(port).ok());
            draft.port = port.filter(|port| *port > 0);
            return draft.port.is_some();
        }
        SignInSetting::RedirectUrl => return read_redirect(draft, value).is_some(),
    };
    let text = match value {
        Value::String(text) if setting != SignInSetting::Scopes => Some(text.clone()),
        Value::Array(list) if setting == SignInSetting::Scopes => joined(list),
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => None,
    };
    let text = text.filter(|text| !text.is_empty());
    draft.set(name, text.clone());
    text.is_some()
}

fn joined(scopes: &[Value]) -> Option<String> {
    let single = |scope: &&str| !scope.is_empty() && !scope.contains(char::is_whitespace);
    let scopes: Option<Vec<&str>> =
        scopes.iter().map(|scope| scope.as_str().filter(single)).collect();
    Some(scopes?.join(" "))
}

fn read_redirect(draft: &mut OAuthDraft, value: &Value) -> Option<()> {
    let text = value.as_str()?.strip_prefix("http://")?;
    let (authority, path) = text.split_once('/')?;
    let (host, port) = authority.rsplit_once(':')?;
    let local = ["localhost", "127.0.0.1"].contains(&host);
    let port = port.parse().ok().filter(|port| *port > 0 && local && !path.contains(['?', '#']))?;
    draft.port = Some(port);
    draft.set("host", Some(host).filter(|host| *host != url::DEFAULT_REDIRECT_HOST));
    let path = format!("/{path}");
    draft.set("callback-path", Some(path).filter(|path| path != url::DEFAULT_CALLBACK_PATH));
    Some(())
}

fn value_at<'v>(own: &'v Map<String, Value>, path: &[String]) -> Option<&'v Value> {
    let (last, parents) = path.split_last()?;
    let step = |table: &'v Map<String, Value>, key: &String| table.get(key)?.as_object();
    parents.iter().try_fold(own, step)?.get(last)
}

// Removes a value, and the tables that are empty without it.
fn remove_at(own: &mut Map<String, Value>, path: &[String]) {
    let Some((first, rest)) = path.split_first() else { return };
    let empty = match own.get_mut(first).and_then(Value::as_object_mut) {
        Some(table) if !rest.is_empty() => {
            remove_at(table, rest);
            table.is_empty()
        }
        Some(_) | None => rest.is_empty(),
    };
    if empty {
        own.remove(first);
    }
}

fn remove_constants(own: &mut Map<String, Value>, constants: &Map<String, Value>) {
    for (name, constant) in constants {
        let same = match (own.get_mut(name), constant) {
            (Some(Value::Object(table)), Value::Object(inner)) => {
                remove_constants(table, inner);
                table.is_empty()
            }
            (Some(value), constant) => value == constant,
            (None, _) => false,
        };
        if same {
            own.remove(name);
        }
    }
}
