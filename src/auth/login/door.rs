//! The callback port: ours, a bridge's that signs in to the same server, or somebody else's.

use std::time::{Duration, Instant};

use super::wait::timed_out;
use super::{Event, Job, LoginError, Say, Way};
use crate::auth::cache::TokenSet;
use crate::auth::call::DEFAULT_CALLBACK_PATH;
use crate::auth::callback::{Callback, Sibling, sibling};
use crate::auth::now;
use crate::suggest::ShellCommand;

/// Says why nothing can be listened on.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
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
pub enum Door {
    /// A port of ours.
    Open(Callback),
    /// The port of a bridge that signs in to the same server.
    Sibling(u16),
    /// None: the answer is pasted, or comes from another device.
    None,
}

/// Ports that no browser opens (Fetch Standard, "port blocking"), as far as the bridge may pick them.
pub const REFUSED: [u16; 16] = [
    2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
];

// As many as mcp-remote tries.
const CANDIDATES: u16 = 8;

/// Opens the callback port, or the next one that is free.
///
/// # Errors
/// Fails where none is free that would do.
pub fn open(job: &Job<'_>) -> Result<Door, DoorError> {
    let key = job.files.key();
    let first = job.call.base_port(key);
    let last = if fixed(job).is_some() { first } else { first.saturating_add(CANDIDATES - 1) };
    let host = job.call.redirect_uri(job.env.os, first);
    let host = host.trim_start_matches("http://").split(':').next().unwrap_or_default();
    let path = job.call.callback_path.as_deref().unwrap_or(DEFAULT_CALLBACK_PATH);
    if let (Way::Browser, Some(why), true) = (job.way, fixed(job), REFUSED.contains(&first)) {
        return Err(DoorError::Refused { port: first, why });
    }
    for port in first..=last {
        // The browser would not come back to it; a bridge that waits there is followed all the same.
        let opens = first == last || !REFUSED.contains(&port);
        let success = job.success_url;
        if opens && let Ok(callback) = Callback::listen(port, key.as_str(), host, path, success) {
            return Ok(Door::Open(callback));
        }
        if sibling(port, key.as_str()) == Some(Sibling::Waiting) {
            return Ok(Door::Sibling(port));
        }
    }
    match (job.way, fixed(job)) {
        (Way::Printed(_) | Way::Device, _) => Ok(Door::None),
        (Way::Browser, Some(why)) => {
            let find = ShellCommand::new("lsof -i").operand(&format!(":{first}")).to_string();
            Err(DoorError::Taken { port: first, why, find })
        }
        (Way::Browser, None) => Err(DoorError::AllTaken { first, last }),
    }
}

// The callback addresses of these are written down elsewhere.
fn fixed(job: &Job<'_>) -> Option<&'static str> {
    if job.call.client_id.is_some() {
        Some("the client registered beforehand has no other callback address")
    } else if job.call.client_metadata_url.is_some() {
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
    job: &Job<'_>,
    port: u16,
    deadline: Instant,
    say: Say<'_>,
) -> Result<Option<TokenSet>, LoginError> {
    let before = job.files.tokens().ok().flatten();
    let mut done: Option<Instant> = None;
    loop {
        // The bridge before the tokens: one that goes has written them first.
        let bridge = sibling(port, job.files.key().as_str());
        let tokens = job.files.tokens().ok().flatten();
        let new = tokens.filter(|tokens| Some(tokens) != before.as_ref());
        if let Some(tokens) = new.filter(|new| new.expires_at.is_none_or(|end| end > now())) {
            return Ok(Some(tokens));
        }
        match bridge {
            Some(Sibling::Waiting) => {}
            Some(Sibling::Done) if done.get_or_insert_with(Instant::now).elapsed() < EXCHANGE => {}
            Some(Sibling::Done) | None => return Ok(None),
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(timed_out(job.patience, None));
        }
        say(Event::Waits(left));
        std::thread::sleep(POLL);
    }
}
