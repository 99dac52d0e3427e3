//! Authorization flows that nobody has finished yet, in the files that mcp-remote keeps for them: the code verifier and
//! the authorization server, by `state`. A bridge that takes over from one that was killed can so accept the page that
//! is still open.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::cache::{CacheError, Registration, SignInFiles};
use super::{Token, issuer, now};
use crate::fs;

/// An authorization flow that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationFlow {
    /// The PKCE code verifier.
    pub verifier: Token,
    /// The issuer of the authorization server.
    pub issuer: String,
    /// What mcpgen adds to mcp-remote's fields; None if a bridge started the flow.
    pub ours: Option<OurFlow>,
}

/// The fields of a flow that mcpgen started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OurFlow {
    /// The redirect URI of the request.
    pub redirect_uri: String,
    /// The registration of the client, if it is not declared.
    pub registration: Option<Registration>,
    /// Whether the client was registered since anybody signed in.
    pub is_new_client: bool,
    /// A digest of the access token in the cache when the flow started.
    pub before: Option<String>,
    /// When the flow started, in milliseconds since 1970.
    pub started: u64,
}

const VERIFIER: &str = "code_verifier_";
const DISCOVERY: &str = "discovery_state_";
const OURS: &str = "mcpgen";
// mcp-remote 0.15.1: ABANDONED_FLOW_AGE_MS.
const ABANDONED: u64 = 10 * 60 * 1000;
// A client may start a bridge every day although nobody ever signs in.
const MOST: usize = 20;

impl AuthorizationFlow {
    /// Writes the flow. If that fails, only this process can finish it.
    pub fn write(&self, files: &SignInFiles, state: &Token) {
        let mut discovery = json!({ "authorizationServerUrl": self.issuer });
        if let Some(ours) = &self.ours {
            let registration = ours.registration.as_ref().map(Registration::to_file);
            let client =
                registration.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
            discovery[OURS] = json!({
                "redirect_uri": ours.redirect_uri,
                "client": client,
                "is_new_client": ours.is_new_client,
                "before": ours.before,
                "started": ours.started,
            });
        }
        let discovery = serde_json::to_vec_pretty(&discovery).expect("plain data");
        let [verifier, server] = paths(state.expose()).map(|name| files.path(&name));
        // The verifier comes first, since a flow without one cannot be finished.
        if fs::write_note(&verifier, self.verifier.expose().as_bytes()).is_ok() {
            fs::write_note(&server, &discovery).ok();
        }
    }

    /// Reads the flow with a `state`, which anybody may have sent.
    pub fn read(files: &SignInFiles, state: &str) -> Option<Self> {
        // mcp-remote 0.15.1: ISSUED_STATE.
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if !(1..=64).contains(&state.len()) || !state.bytes().all(allowed) {
            return None;
        }
        let [verifier, server] =
            paths(state).map(|name| fs::read(&files.path(&name)).ok().flatten());
        let verifier = String::from_utf8(verifier?).ok().filter(|verifier| !verifier.is_empty())?;
        let discovery: Value = serde_json::from_slice(&server?).ok()?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let issuer = text(&discovery["authorizationServerMetadata"]["issuer"]);
        let issuer = issuer.or_else(|| text(&discovery["authorizationServerUrl"]))?;
        let ours = discovery.get(OURS).and_then(OurFlow::parse);
        Some(Self { verifier: verifier.into(), issuer, ours })
    }

    /// Returns whether the flow and its client belong to an issuer.
    pub fn is_of(&self, issuer: &str) -> bool {
        let client =
            self.ours.as_ref().and_then(|ours| ours.registration.as_ref()?.issuer.as_ref());
        client.into_iter().chain([&self.issuer]).all(|one| issuer::is_same(one, issuer))
    }
}

impl OurFlow {
    /// Returns whether the flow is that of a registered client.
    pub fn uses(&self, client_id: &str) -> bool {
        self.registration.as_ref().is_some_and(|client| client.client_id == client_id)
    }

    fn parse(fields: &Value) -> Option<Self> {
        let client = fields.get("client").filter(|client| client.is_object());
        let registration =
            client.map(|client| Registration::from_file(client.to_string().as_bytes()));
        Some(Self {
            redirect_uri: fields["redirect_uri"].as_str()?.to_owned(),
            registration: registration.transpose().ok()?,
            is_new_client: fields["is_new_client"].as_bool()?,
            before: fields["before"].as_str().map(str::to_owned),
            started: fields["started"].as_u64()?,
        })
    }
}

fn paths(state: &str) -> [String; 2] {
    [format!("{VERIFIER}{state}.txt"), format!("{DISCOVERY}{state}.json")]
}

/// Lists the flows that mcpgen started and nobody has finished. A flow is over if somebody has signed in since.
pub fn unfinished(files: &SignInFiles) -> Vec<OurFlow> {
    let before = access_digest(files);
    let flows = states(files).into_iter();
    let flows = flows.filter_map(|state| AuthorizationFlow::read(files, &state)?.ours);
    flows.filter(|flow| flow.before == before).collect()
}

/// Returns a digest of the access token in the cache, by which a new one is noticed.
pub fn access_digest(files: &SignInFiles) -> Option<String> {
    let tokens = files.tokens().ok().flatten()?;
    let digest = Sha256::digest(tokens.access_token.expose());
    Some(digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect())
}

fn states(files: &SignInFiles) -> Vec<String> {
    let start = format!("{}_{DISCOVERY}", files.key());
    let names = fs::names(files.directory()).into_iter();
    let states =
        names.filter_map(|name| Some(name.strip_prefix(&start)?.strip_suffix(".json")?.to_owned()));
    states.collect()
}

/// Removes a flow that is over.
///
/// # Errors
/// Fails if a file cannot be removed.
pub fn remove(files: &SignInFiles, state: &str) -> Result<(), CacheError> {
    for name in paths(state) {
        fs::remove(&files.path(&name))?;
    }
    Ok(())
}

/// Removes the oldest flows that mcpgen started, so that there is room for one more.
///
/// # Errors
/// Fails if a file cannot be removed.
pub fn make_room(files: &SignInFiles) -> Result<(), CacheError> {
    let started = |state: String| {
        let ours = AuthorizationFlow::read(files, &state)?.ours?;
        Some((ours.started, state))
    };
    let mut flows: Vec<_> = states(files).into_iter().filter_map(started).collect();
    flows.sort();
    let surplus = (flows.len() + 1).saturating_sub(MOST);
    flows.iter().take(surplus).try_for_each(|(_, state)| remove(files, state))
}

/// Removes the flows that a successful sign-in makes pointless: all that mcpgen started, and those that mcp-remote
/// removes too because they are old.
///
/// # Errors
/// Fails if a file cannot be removed.
pub fn remove_all(files: &SignInFiles) -> Result<(), CacheError> {
    let old = |state: &str| {
        let written = paths(state).iter().filter_map(|name| fs::modified(&files.path(name))).max();
        written.is_some_and(|at| at.saturating_add(ABANDONED) < now())
    };
    for state in states(files) {
        let ours = AuthorizationFlow::read(files, &state).is_some_and(|flow| flow.ours.is_some());
        if ours || old(&state) {
            remove(files, &state)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::*;
    use crate::auth::bridge_version::BridgeVersion;
    use crate::auth::cache::Cache;
    use crate::auth::call::BridgeCall;
    use crate::paths::{Environment, Os};

    #[test]
    fn only_the_newest_unfinished_flows_are_kept() {
        let home = tempfile::tempdir().unwrap();
        let env = Environment::bare(Os::Linux, Utf8Path::from_path(home.path()).unwrap());
        let args = ["https://example.com".to_owned()];
        let call = BridgeCall::parse(&args, BridgeVersion::NEWEST, &|_| None).unwrap();
        let files = Cache::find(&[].into(), &env).files(BridgeVersion::NEWEST, &call.key());
        fs::create_private_directory(files.directory()).unwrap();
        for started in 0..30 {
            make_room(&files).unwrap();
            let ours = OurFlow {
                redirect_uri: "http://localhost:1/cb".into(),
                registration: None,
                is_new_client: false,
                before: None,
                started,
            };
            let flow = AuthorizationFlow {
                verifier: "v".to_owned().into(),
                issuer: "https://as".into(),
                ours: Some(ours),
            };
            flow.write(&files, &format!("state-{started}").into());
        }
        let mut kept: Vec<u64> = unfinished(&files).iter().map(|flow| flow.started).collect();
        kept.sort_unstable();
        assert_eq!(kept, (10..30).collect::<Vec<_>>());
        assert_eq!(fs::names(files.directory()).len(), 2 * MOST);
    }
}
