//! Parses arguments as the bridge does: which count, how they are spelled, and which are refused.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use url::{Host, Url};

use super::{BridgeCall, BridgeCallError};
use crate::auth::bridge_flags::KnownFlag;
use crate::auth::bridge_version::{BridgeVersion, Feature};
use crate::auth::javascript::{is_line_end, is_space, parse_int, trim};
use crate::model::{Grant, RESERVED_PARAMS, RESERVED_PATHS};

// In JavaScript, assigning to this property of an object has no effect.
const IGNORED_NAME: &str = "__proto__";

/// The option for a pre-registered OAuth client.
pub const CLIENT_INFO: &str = "--static-oauth-client-info";

type ReadFile<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Parses a call of the bridge.
///
/// # Errors
/// Fails if the bridge would refuse it.
pub fn parse(
    args: &[String],
    version: BridgeVersion,
    read: ReadFile<'_>,
) -> Result<BridgeCall, BridgeCallError> {
    let mut args = args.to_vec();
    let headers = headers(&mut args, version, read)?;
    let args = Args { args: &args, version };
    let url = args.args.first().filter(|url| !url.is_empty()).ok_or(BridgeCallError::NoUrl)?;
    check_url(url, args.has("--allow-http"))?;
    let (resource, without_resource) = resource(&args)?;
    let metadata = args.json("--static-oauth-client-metadata", read)?;
    let information = match args.json(CLIENT_INFO, read) {
        // The value of a variable is known only when the bridge starts.
        Err(BridgeCallError::NotJson(_))
            if args.value(CLIENT_INFO).is_some_and(|it| it.contains("${")) =>
        {
            None
        }
        read => read?,
    };
    let text = |value: Option<&Value>, name: &str| Some(value?.get(name)?.as_str()?.to_owned());
    Ok(BridgeCall {
        version,
        url: url.clone(),
        resource,
        without_resource,
        authorize_params: authorize_params(&args)?,
        headers,
        client_metadata_url: client_metadata_url(&args),
        token_endpoint: token_endpoint(&args)?,
        host: args.value("--host").map(str::to_owned),
        port: port(&args)?,
        callback_path: callback_path(&args),
        scope: text(metadata.as_ref(), "scope"),
        client_id: text(information.as_ref(), "client_id"),
        client_metadata: metadata.and_then(object).unwrap_or_default(),
        grant: grant(&args),
        id_token: args.has("--use-id-token"),
        allow_http: args.has("--allow-http"),
        issuer: None,
        provider: None,
        is_provider: false,
        has_given_id_token: false,
    })
}

fn object(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(map) => Some(map),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            None
        }
    }
}

struct Args<'a> {
    args: &'a [String],
    version: BridgeVersion,
}

impl<'a> Args<'a> {
    // Returns nothing for what this version does not have.
    fn position(&self, flag: &str) -> Option<usize> {
        if !KnownFlag::exists_in(flag, self.version) {
            return None;
        }
        self.args.iter().position(|arg| arg == flag)
    }

    fn has(&self, flag: &str) -> bool {
        self.position(flag).is_some()
    }

    // The first occurrence counts, and the last argument is never an option.
    fn value(&self, flag: &str) -> Option<&'a str> {
        self.args.get(self.position(flag)? + 1).map(String::as_str)
    }

    // JSON, or `@` and the path of a JSON file.
    fn json(
        &self,
        flag: &'static str,
        read: ReadFile<'_>,
    ) -> Result<Option<Value>, BridgeCallError> {
        let Some(text) = self.value(flag) else { return Ok(None) };
        let text = match text.strip_prefix('@') {
            Some(path) => read(path).ok_or_else(|| BridgeCallError::NoFile(path.to_owned()))?,
            None => text.to_owned(),
        };
        serde_json::from_str(&text).map(Some).map_err(|_| BridgeCallError::NotJson(flag))
    }
}

// Headers are removed first, so positions count without them.
fn headers(
    args: &mut Vec<String>,
    version: BridgeVersion,
    read: ReadFile<'_>,
) -> Result<Vec<(String, String)>, BridgeCallError> {
    let mut headers = BTreeMap::new();
    let mut at = 0;
    while at + 1 < args.len() {
        let file = args[at] == "--header-file";
        if !(file || args[at] == "--header") || !KnownFlag::exists_in(&args[at], version) {
            at += 1;
            continue;
        }
        let value = args.drain(at..at + 2).nth(1).expect("a flag and its value");
        if file {
            let text = read(&value).ok_or(BridgeCallError::NoFile(value))?;
            headers.extend(text.split('\n').map(trim).filter(is_not_comment).filter_map(header));
        } else {
            headers.extend(header(&value));
        }
    }
    Ok(headers.into_iter().collect())
}

fn is_not_comment(line: &&str) -> bool {
    !line.starts_with('#')
}

// `/^([A-Za-z0-9_-]+):\s*(.*)$/`
fn header(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once(':')?;
    let good = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let value = value.trim_start_matches(is_space);
    let whole = !name.is_empty() && name.chars().all(good) && !value.contains(is_line_end);
    (whole && name != IGNORED_NAME).then(|| (name.to_owned(), value.to_owned()))
}

fn check_url(url: &str, allow_http: bool) -> Result<(), BridgeCallError> {
    let parsed = Url::parse(url).map_err(|_| BridgeCallError::NotAUrl(url.to_owned()))?;
    // `localhost:4321/mcp` is parsed as a URL too, with the scheme `localhost`.
    if !["http", "https"].contains(&parsed.scheme()) {
        return Err(BridgeCallError::NotAUrl(url.to_owned()));
    }
    let host = parsed.host_str().unwrap_or_default();
    let local = parsed.scheme() == "http" && ["localhost", "127.0.0.1"].contains(&host);
    if parsed.scheme() == "https" || local || allow_http {
        return Ok(());
    }
    Err(BridgeCallError::PlainHttp(url.to_owned()))
}

fn port(args: &Args<'_>) -> Result<Option<u16>, BridgeCallError> {
    match args.args.get(1).and_then(|text| parse_int(text)) {
        None | Some(0) => Ok(None),
        Some(number) => u16::try_from(number).map(Some).map_err(|_| BridgeCallError::Port(number)),
    }
}

fn resource(args: &Args<'_>) -> Result<(Option<String>, bool), BridgeCallError> {
    let value = args.value("--resource");
    if !args.version.has(Feature::TrimmedResource) {
        return Ok((value.filter(|value| !value.is_empty()).map(str::to_owned), false));
    }
    let value = value.map(trim);
    if args.has("--disable-resource-parameter") || value == Some("") {
        return Ok((None, true));
    }
    if let Some(value) = value.filter(|value| Url::parse(value).is_err()) {
        return Err(BridgeCallError::Resource(value.to_owned()));
    }
    Ok((value.map(str::to_owned), false))
}

fn authorize_params(args: &Args<'_>) -> Result<BTreeMap<String, String>, BridgeCallError> {
    let mut params = BTreeMap::new();
    if !args.has("--authorize-param") {
        return Ok(params);
    }
    for pair in args.args.windows(2).filter(|pair| pair[0] == "--authorize-param") {
        let (name, value) = pair[1].split_once('=').ok_or(BridgeCallError::AuthorizeParam)?;
        if name.is_empty() {
            return Err(BridgeCallError::AuthorizeParam);
        }
        let name = trim(name);
        if RESERVED_PARAMS.contains(&name) {
            return Err(BridgeCallError::ReservedParam(name.to_owned()));
        }
        if name != IGNORED_NAME {
            params.insert(name.to_owned(), value.to_owned());
        }
    }
    Ok(params)
}

// A URL that does not use https, or has no path, is ignored.
fn client_metadata_url(args: &Args<'_>) -> Option<String> {
    let value = trim(args.value("--client-metadata-url")?);
    let url = Url::parse(value).ok()?;
    (url.scheme() == "https" && url.path() != "/").then(|| value.to_owned())
}

fn callback_path(args: &Args<'_>) -> Option<String> {
    let value = args.value("--callback-path")?;
    (value.starts_with('/') && !RESERVED_PATHS.contains(&value)).then(|| value.to_owned())
}

fn grant(args: &Args<'_>) -> Grant {
    if args.has("--client-credentials") {
        Grant::ClientCredentials
    } else if args.has("--device-code") {
        Grant::Device
    } else {
        Grant::Browser
    }
}

fn token_endpoint(args: &Args<'_>) -> Result<Option<String>, BridgeCallError> {
    let refused = |why, help| Err(BridgeCallError::TokenEndpoint { why, help });
    if !args.has("--token-endpoint") {
        return Ok(None);
    }
    let Some(value) = args.value("--token-endpoint").filter(|value| !value.starts_with("--"))
    else {
        return refused("the option has no value", "write a URL");
    };
    if !args.has("--client-credentials") {
        return refused("the option needs `--client-credentials`", "remove the option");
    }
    let Ok(url) = Url::parse(trim(value)) else {
        return refused("the value is not a URL", "write https://HOST/PATH");
    };
    let local = url.scheme() == "http" && is_loopback(&url);
    if url.scheme() != "https" && !local {
        return refused("the value does not use https", "write https://HOST/PATH");
    }
    let fragment = url.fragment().is_some_and(|fragment| !fragment.is_empty());
    if !url.username().is_empty() || url.password().is_some() || fragment {
        return refused(
            "the value contains a user name, a password or a fragment",
            "remove that part",
        );
    }
    Ok(Some(url.into()))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.octets() == [127, 0, 0, 1],
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
