//! The callback port: ours, a bridge's that signs in to the same server, or somebody else's.

use std::time::{Duration, Instant};

use super::wait::timeout_error;
use super::{LoginError, LoginEvent, LoginMethod, LoginRequest, OnLoginEvent};
use crate::auth::cache::TokenSet;
use crate::auth::call::DEFAULT_CALLBACK_PATH;
use crate::auth::callback::{CallbackServer, OtherBridge, ask_other_bridge};
use crate::auth::now;
use crate::suggest::ShellCommand;

/// Says why nothing can be listened on.
#[derive(Debug, thiserror::Error)]
pub enum CallbackPortError {
    /// The one port that will do is taken.
    #[error(
        "port {port} is taken by another program, and {why}; end that program ({find} names it), or \
         use --no-browser and paste the address"
    )]
    Taken {
        /// The port.
        port: u16,
        /// Why no other will do.
        why: &'static str,
        /// What names the program.
        find: String,
    },
    /// The one port that will do is one that browsers do not open.
    #[error(
        "browsers refuse to open port {port}, and {why}; use --no-browser and paste the address, or register \
         another port"
    )]
    Refused {
        /// The port.
        port: u16,
        /// Why no other will do.
        why: &'static str,
    },
    /// A row of ports is taken.
    #[error(
        "the ports {first} to {last} are taken by other programs; end one, or use --no-browser and paste \
         the address"
    )]
    AllTaken {
        /// The first.
        first: u16,
        /// The last.
        last: u16,
    },
}

/// Holds where the answer comes in.
#[derive(Debug)]
pub enum CallbackPort {
    /// A port of ours.
    Ours(CallbackServer),
    /// The port of a bridge that signs in to the same server.
    OtherBridge(u16),
    /// None: the answer is pasted, or comes from another device.
    None,
}

/// Ports that no browser opens (Fetch Standard, "port blocking"), as far as the bridge may pick them.
pub const BLOCKED_PORTS: [u16; 16] = [
    2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
];

// As many as mcp-remote tries.
const CANDIDATES: u16 = 8;

/// Opens the callback port, or the next one that is free.
///
/// # Errors
/// Fails where none is free that would do.
pub fn listen(request: &LoginRequest<'_>) -> Result<CallbackPort, CallbackPortError> {
    let key = request.files.key();
    let first = request.call.base_port(key);
    let last = if fixed(request).is_some() { first } else { first.saturating_add(CANDIDATES - 1) };
    let host = request.call.redirect_uri(request.env.os, first);
    let host = host.trim_start_matches("http://").split(':').next().unwrap_or_default();
    let path = request.call.callback_path.as_deref().unwrap_or(DEFAULT_CALLBACK_PATH);
    if let (LoginMethod::Browser, Some(why), true) =
        (request.method, fixed(request), BLOCKED_PORTS.contains(&first))
    {
        return Err(CallbackPortError::Refused { port: first, why });
    }
    for port in first..=last {
        // The browser would not come back to it; a bridge that waits there is followed all the same.
        let opens = first == last || !BLOCKED_PORTS.contains(&port);
        let success = request.success_url;
        if opens && let Ok(server) = CallbackServer::listen(port, key.as_str(), host, path, success)
        {
            return Ok(CallbackPort::Ours(server));
        }
        if ask_other_bridge(port, key.as_str()) == Some(OtherBridge::SigningIn) {
            return Ok(CallbackPort::OtherBridge(port));
        }
    }
    match (request.method, fixed(request)) {
        (LoginMethod::Printed(_) | LoginMethod::Device, _) => Ok(CallbackPort::None),
        (LoginMethod::Browser, Some(why)) => {
            let find = ShellCommand::new("lsof -i").operand(&format!(":{first}")).to_string();
            Err(CallbackPortError::Taken { port: first, why, find })
        }
        (LoginMethod::Browser, None) => Err(CallbackPortError::AllTaken { first, last }),
    }
}

// The callback addresses of these are written down elsewhere.
fn fixed(request: &LoginRequest<'_>) -> Option<&'static str> {
    if request.call.client_id.is_some() {
        Some("the client registered beforehand has no other callback address")
    } else if request.call.client_metadata_url.is_some() {
        Some("the client metadata document has no other callback address")
    } else {
        None
    }
}

const POLL: Duration = Duration::from_millis(250);
// A bridge says that it is done as soon as the browser has come back; the tokens are still to be fetched.
const EXCHANGE: Duration = Duration::from_secs(15);

/// Waits for a bridge's sign-in. None: it has gone without one, and the port is free.
///
/// # Errors
/// Fails where it takes too long.
pub fn follow(
    request: &LoginRequest<'_>,
    port: u16,
    deadline: Instant,
    on_event: OnLoginEvent<'_>,
) -> Result<Option<TokenSet>, LoginError> {
    let before = request.files.tokens().ok().flatten();
    let mut done: Option<Instant> = None;
    loop {
        // The bridge before the tokens: one that goes has written them first.
        let bridge = ask_other_bridge(port, request.files.key().as_str());
        let tokens = request.files.tokens().ok().flatten();
        let new = tokens.filter(|tokens| Some(tokens) != before.as_ref());
        if let Some(tokens) = new.filter(|new| new.expires_at.is_none_or(|end| end > now())) {
            return Ok(Some(tokens));
        }
        match bridge {
            Some(OtherBridge::SigningIn) => {}
            Some(OtherBridge::Done)
                if done.get_or_insert_with(Instant::now).elapsed() < EXCHANGE => {}
            Some(OtherBridge::Done) | None => return Ok(None),
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(timeout_error(request.timeout, None));
        }
        on_event(LoginEvent::Waiting(left));
        std::thread::sleep(POLL);
    }
}
