//! Imports a call of the bridge as a remote server.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::draft::{BridgeLauncher, DraftSignIn, HiddenTools, OAuthDraft, RemoteDraft};
use super::header::DraftHeaders;
use super::note::NoteReason;
use super::value::{DraftValue, ValueReader};
use crate::auth::bridge_flags::{FlagImport, KnownFlag};
use crate::auth::call::BridgeCall;
use crate::client::{Client, EntryPart, PlaceholderResult};
use crate::entry::bridge::Wrapper;
use crate::model::native::{NATIVE, is_native};
use crate::model::url::{self, UrlError};
use crate::survey::FoundBridge;

/// A remote server and the bridge that its entry starts.
pub struct BridgeDraft {
    /// The server.
    pub remote: RemoteDraft,
    /// How the bridge is started.
    pub start: BridgeLauncher,
    /// The flags that are not imported.
    pub left: Vec<NoteReason>,
}

/// Reads a call.
///
/// # Errors
/// Fails with the reason why a declaration cannot express the call, which then becomes a local server.
pub fn read(bridge: &FoundBridge, client: &Client) -> Result<BridgeDraft, &'static str> {
    let call = readable(bridge)?;
    let start = &bridge.start;
    let flags = DraftFlags::read(&start.args, bridge.is_native())
        .ok_or("a declaration has no field for one of the flags")?;
    let mut env = start.env.clone();
    let mut reader = ValueReader::of_bridge(client);
    let mut headers = headers(call, &start.env, &mut env, &mut reader)?;
    let replaces = |value: &String| {
        let found = client.placeholders(EntryPart::Env, value);
        found.iter().any(|(_, becomes)| *becomes != PlaceholderResult::Unchanged)
    };
    if env.values().any(replaces) {
        return Err("the client replaces a part of the environment of the bridge");
    }
    let oauth = flags.oauth(call);
    // A secret in a header replaces the sign-in, unless a flag concerns the sign-in.
    let plain = oauth == OAuthDraft::default();
    let sign_in = match headers.bearer.take() {
        Some(token) if plain => DraftSignIn::Token(token, BTreeMap::new()),
        Some(_) => return Err("the entry has both a token and flags for a sign-in"),
        None if headers.hide() && plain => DraftSignIn::None,
        None => DraftSignIn::OAuth(oauth),
    };
    let remote = RemoteDraft {
        url: call.url.clone(),
        sse: flags.sse,
        allow_http: url::validate(&call.url) == Err(UrlError::PlainHttp),
        headers,
        sign_in,
        via: None,
        tools: flags.tools,
    };
    let start = BridgeLauncher { words: words(&start.words), env };
    reader.notes.extend(flags.left);
    Ok(BridgeDraft { remote, start, left: reader.notes })
}

// The call, if a declaration can start the bridge in that way.
fn readable(bridge: &FoundBridge) -> Result<&BridgeCall, &'static str> {
    let start = &bridge.start;
    let around = |around: &Wrapper| match around {
        Wrapper::Cmd | Wrapper::Unsplit => false,
        Wrapper::Wsl | Wrapper::Shell | Wrapper::Container => true,
    };
    if start.wrappers.iter().any(around) || start.expands {
        return Err("a shell or a container starts the bridge");
    }
    if start.cwd.is_some() {
        return Err("the entry sets a working directory");
    }
    let call = bridge.call.as_ref().map_err(|_| "the bridge rejects the arguments")?;
    if bridge.refused.is_some() {
        return Err("the bridge rejects the arguments");
    }
    Ok(call)
}

// The headers with the values of variables. A variable that is needed for nothing else is removed from `rest`.
fn headers(
    call: &BridgeCall,
    env: &BTreeMap<String, String>,
    rest: &mut BTreeMap<String, String>,
    reader: &mut ValueReader<'_>,
) -> Result<DraftHeaders, &'static str> {
    let mut headers = DraftHeaders::default();
    for (name, text) in &call.headers {
        let filled = fill(text, env, rest);
        headers
            .add(name, &filled, reader)
            .map_err(|_| "a header combines several environment variables")?;
        // Whoever hands it over by a variable hides it.
        if filled != *text
            && let Some(held @ DraftValue::Plain(_)) = headers.others.get_mut(name)
        {
            *held = DraftValue::Secret(filled.into());
        }
    }
    Ok(headers)
}

#[derive(Default)]
struct DraftFlags {
    sse: bool,
    tools: HiddenTools,
    client_secret: Option<DraftValue>,
    issuer: Option<String>,
    auth_method: Option<String>,
    registration: Map<String, Value>,
    left: Vec<NoteReason>,
}

impl DraftFlags {
    // Returns `None` if a declaration has no field for one of the flags.
    fn read(args: &[String], native: bool) -> Option<Self> {
        let mut flags = Self::default();
        let mut rest = args.iter().skip(1).map(String::as_str).peekable();
        rest.next_if(|port| port.parse::<u16>().is_ok());
        while let Some(flag) = rest.next() {
            let known = KnownFlag::find(flag)?;
            let value = match known.value {
                Some(_) => rest.next()?,
                None => "",
            };
            match known.import {
                FlagImport::Declared => flags.declare(flag, value)?,
                FlagImport::OmittedIfNative if !native => return None,
                FlagImport::Omitted | FlagImport::OmittedIfNative => {
                    flags.left.push(NoteReason::Flag(flag.to_owned()));
                }
                FlagImport::Undeclarable => return None,
            }
        }
        for list in [&mut flags.tools.allow, &mut flags.tools.deny] {
            list.sort();
            list.dedup();
        }
        Some(flags)
    }

    fn oauth(&self, call: &BridgeCall) -> OAuthDraft {
        let mut draft = OAuthDraft {
            client_secret: self.client_secret.clone(),
            port: call.port,
            ..OAuthDraft::default()
        };
        draft.set_params(&call.authorize_params);
        draft.set("issuer", self.issuer.clone());
        draft.set("scope", call.scope.clone());
        draft.set("resource", call.resource.clone());
        draft.set("resource", call.without_resource.then_some(false));
        draft.set("client-id", call.client_id.clone());
        draft.set("token-endpoint-auth-method", self.auth_method.clone());
        draft.set("token-endpoint", call.token_endpoint.clone());
        draft.set("client-metadata-url", call.client_metadata_url.clone());
        draft.set("registration", Some(&self.registration).filter(|map| !map.is_empty()).cloned());
        draft.set("use-id-token", call.id_token.then_some(true));
        draft.set("host", call.host.clone());
        draft.set("callback-path", call.callback_path.clone());
        draft.set_grant(call.grant);
        draft
    }

    // Fields of a registration. The scope and the authentication method have fields of their own.
    fn metadata(&mut self, text: &str) -> Option<()> {
        let Value::Object(mut fields) = serde_json::from_str(text).ok()? else { return None };
        let mut own = |name: &str| match fields.shift_remove(name) {
            None => Some(None),
            Some(Value::String(text)) => Some(Some(text)),
            Some(_) => None,
        };
        own("scope")?;
        self.auth_method = own("token_endpoint_auth_method")?;
        self.registration = fields;
        Some(())
    }

    // The values of all other flags are already in the call.
    fn declare(&mut self, flag: &str, value: &str) -> Option<()> {
        match flag {
            "--ignore-tool" => self.tools.deny.push(value.to_owned()),
            "--only-tool" => self.tools.allow.push(value.to_owned()),
            "--transport" => match value {
                "sse-only" => self.sse = true,
                "http-first" => {}
                _ => return None,
            },
            "--static-oauth-client-metadata" => self.metadata(value)?,
            "--issuer" => self.issuer = Some(value.to_owned()),
            "--static-oauth-client-info" => {
                let info = only(value, &["client_id", "client_secret"])?;
                let secret = info.get("client_secret").and_then(Value::as_str);
                self.client_secret = secret.map(|it| DraftValue::Secret(it.to_owned().into()));
            }
            _ => {}
        }
        Some(())
    }
}

// Returns a JSON object if it has no other keys.
fn only(text: &str, keys: &[&str]) -> Option<Value> {
    let value: Value = serde_json::from_str(text).ok()?;
    let known = |key: &String| keys.contains(&key.as_str());
    let texts = value.as_object()?.iter().all(|(key, it)| known(key) && it.is_string());
    (texts && !text.contains("${")).then_some(value)
}

// Replaces `${NAME}` by its value as the bridge does, and removes from `rest` the variables that were only for this.
fn fill(text: &str, env: &BTreeMap<String, String>, rest: &mut BTreeMap<String, String>) -> String {
    let mut filled = text.to_owned();
    for (name, value) in env {
        let mark = format!("${{{name}}}");
        if filled.contains(&mark) {
            filled = filled.replace(&mark, value);
            rest.remove(name);
        }
    }
    filled
}

/// Returns one form for all commands that start the same bridge. The path of mcpgen is not kept, because
/// `[launch] mcpgen` sets it.
pub fn words(words: &[String]) -> Vec<String> {
    if is_native(words) {
        return NATIVE.map(str::to_owned).into();
    }
    let mut words = words.to_vec();
    for word in &mut words {
        if word == "mcp-remote@latest" {
            "mcp-remote".clone_into(word);
        }
    }
    let npx = words.first().is_some_and(|word| word == "npx");
    if npx && !words.iter().any(|word| ["-y", "--yes"].contains(&word.as_str())) {
        words.insert(1, "-y".to_owned());
    }
    words
}
