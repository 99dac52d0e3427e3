//! The callback port: ours, that of a bridge signing in to the same server, or that of another
//! program.

use std::time::{Duration, Instant};

use super::{LoginError, LoginEvent, LoginMethod, LoginRequest, OnLoginEvent};
use crate::auth::cache::TokenSet;
use crate::auth::call::DEFAULT_CALLBACK_PATH;
use crate::auth::callback::{CallbackServer, OtherBridge, ask_other_bridge};
use crate::auth::now;
use crate::auth::token_endpoint::GRANT_TIMEOUT;
use crate::diagnostic::Help;
use crate::suggest::ShellCommand;

/// Why no callback port could be opened.
#[derive(Debug, thiserror::Error)]
pub enum CallbackPortError {
    /// Another program uses the only possible port.
    #[error("port {port} is in use by another program")]
    Taken {
        /// The port.
        port: u16,
        /// Why no other port is possible.
        why: &'static str,
        /// The command that names the program.
        find: String,
    },
    /// Browsers do not open the only possible port.
    #[error("browsers refuse to open port {port}")]
    Blocked {
        /// The port.
        port: u16,
        /// Why no other port is possible.
        why: &'static str,
    },
    /// Other programs use every candidate.
    #[error("ports {first} to {last} are in use by other programs")]
    AllTaken {
        /// The first candidate.
        first: u16,
        /// The last candidate.
        last: u16,
    },
}

impl Help for CallbackPortError {
    fn note(&self) -> Option<String> {
        match self {
            Self::Taken { why, .. } | Self::Blocked { why, .. } => Some((*why).to_owned()),
            Self::AllTaken { .. } => None,
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Taken { find, .. } => format!(
                "stop that program (find it with {find}), or use `--no-browser` and paste the URL"
            ),
            Self::Blocked { .. } => {
                "use `--no-browser` and paste the URL, or register another port".to_owned()
            }
            Self::AllTaken { .. } => {
                "stop one of these programs, or use `--no-browser` and paste the URL".to_owned()
            }
        })
    }
}

/// Where the authorization response arrives.
#[derive(Debug)]
pub enum CallbackPort {
    /// At our callback server.
    Ours(CallbackServer),
    /// At the port of a bridge that is signing in to the same server.
    OtherBridge(u16),
    /// At no port: the response is pasted, or comes from another device.
    None,
}

/// Ports that browsers block (Fetch Standard, "port blocking") and that the bridge may choose.
pub const BLOCKED_PORTS: [u16; 16] = [
    2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
];

// As many as mcp-remote tries.
const CANDIDATES: u16 = 8;
// A program that says so often that it signs in, and then does not, is not a bridge.
const MAX_FOLLOWED: usize = 3;

/// Opens the callback port, or the next free one. `followed` are the ports whose bridges ended without a sign-in.
///
/// # Errors
/// Fails if no usable port is free.
fn listen(
    request: &LoginRequest<'_>,
    followed: &[u16],
    deadline: Instant,
) -> Result<CallbackPort, CallbackPortError> {
    let key = request.files.key();
    let first = request.call.base_port(key);
    let last = if fixed(request).is_some() { first } else { first.saturating_add(CANDIDATES - 1) };
    let host = request.call.redirect_uri(request.env.os, first);
    let host = host.trim_start_matches("http://").split(':').next().unwrap_or_default();
    let path = request.call.callback_path.as_deref().unwrap_or(DEFAULT_CALLBACK_PATH);
    if let (LoginMethod::Browser, Some(why), true) =
        (request.method, fixed(request), BLOCKED_PORTS.contains(&first))
    {
        return Err(CallbackPortError::Blocked { port: first, why });
    }
    for port in first..=last {
        // Do not listen on a blocked port, but follow a bridge that does.
        let opens = first == last || !BLOCKED_PORTS.contains(&port);
        let success = request.success_url;
        if opens && let Ok(server) = CallbackServer::listen(port, key.as_str(), host, path, success)
        {
            return Ok(CallbackPort::Ours(server));
        }
        let is_trusted = followed.iter().filter(|one| **one == port).count() < MAX_FOLLOWED;
        if is_trusted
            && ask_other_bridge(port, key.as_str(), deadline) == Some(OtherBridge::SigningIn)
        {
            return Ok(CallbackPort::OtherBridge(port));
        }
    }
    match (request.method, fixed(request)) {
        (LoginMethod::Printed | LoginMethod::Device, _) => Ok(CallbackPort::None),
        (LoginMethod::Browser, Some(why)) => {
            let find = ShellCommand::new("lsof -i").operand(&format!(":{first}")).to_string();
            Err(CallbackPortError::Taken { port: first, why, find })
        }
        (LoginMethod::Browser, None) => Err(CallbackPortError::AllTaken { first, last }),
    }
}

// Says why the redirect URI is fixed: it is registered elsewhere. An identity provider has to accept every port of this
// machine (RFC 8252, section 7.3), unless the declaration names one.
fn fixed(request: &LoginRequest<'_>) -> Option<&'static str> {
    if request.call.is_provider && request.call.port.is_none() {
        None
    } else if request.call.client_id.is_some() {
        Some("the pre-registered client has no other redirect URI")
    } else if request.call.client_metadata_url.is_some() {
        Some("the client metadata document has no other redirect URI")
    } else {
        None
    }
}

const POLL: Duration = Duration::from_millis(250);
// A bridge reports success when the browser returns, before it gets the tokens.
const EXCHANGE: Duration = GRANT_TIMEOUT;

/// Opens the callback port. Returns the sign-in of another bridge instead if one finishes meanwhile.
///
/// # Errors
/// Fails if no usable port is free, or after the timeout.
pub fn open(
    request: &LoginRequest<'_>,
    deadline: Instant,
    on_event: OnLoginEvent<'_>,
) -> Result<Result<CallbackPort, TokenSet>, LoginError> {
    let mut followed = vec![];
    loop {
        let port = match listen(request, &followed, deadline)? {
            CallbackPort::OtherBridge(port) => port,
            callback @ (CallbackPort::Ours(_) | CallbackPort::None) => return Ok(Ok(callback)),
        };
        if !followed.contains(&port) {
            on_event(LoginEvent::WaitingForBridge(port));
        }
        if let Some(tokens) = follow(request, port, deadline, on_event)? {
            return Ok(Err(tokens));
        }
        followed.push(port);
    }
}

/// Waits for the sign-in of another bridge. Returns `None` if it ends without one, which frees the
/// port.
///
/// # Errors
/// Fails after the timeout.
fn follow(
    request: &LoginRequest<'_>,
    port: u16,
    deadline: Instant,
    on_event: OnLoginEvent<'_>,
) -> Result<Option<TokenSet>, LoginError> {
    let before = request.files.tokens().ok().flatten();
    let mut done: Option<Instant> = None;
    loop {
        // Check the bridge first: it writes the tokens before it exits.
        let bridge = ask_other_bridge(port, request.files.key().as_str(), deadline);
        let tokens = request.files.tokens().ok().flatten();
        let new = tokens.filter(|tokens| Some(tokens) != before.as_ref());
        if let Some(tokens) = new.filter(|new| new.expires_at.is_none_or(|end| end > now())) {
            return Ok(Some(tokens));
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            let seconds = request.timeout.as_secs();
            return Err(LoginError::TimedOut { seconds, ignored: None, client: None });
        }
        match bridge {
            Some(OtherBridge::SigningIn) => {}
            Some(OtherBridge::Done)
                if done.get_or_insert_with(Instant::now).elapsed() < EXCHANGE => {}
            Some(OtherBridge::Done) | None => return Ok(None),
        }
        on_event(LoginEvent::Waiting(left));
        std::thread::sleep(POLL.min(left));
    }
}
