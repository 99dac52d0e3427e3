//! Finds out whether a bridge that signs in to the same server holds a port.
//!
//! Any program can listen there and answer slowly, or never, so all requests together have one deadline.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{ID_PATH, WAIT_PATH, local};

const TIMEOUT: Duration = Duration::from_secs(1);
const LIMIT: usize = 16 << 10;

/// The progress of another bridge's sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherBridge {
    /// It waits for the person.
    SigningIn,
    /// It has finished and still holds the port.
    Done,
}

/// Asks the program on a port whether it signs in to the server with this key. This takes a second at most, and ends at
/// the deadline.
pub fn ask_other_bridge(port: u16, key: &str, deadline: Instant) -> Option<OtherBridge> {
    let deadline = deadline.min(Instant::now() + TIMEOUT);
    if identity(port, deadline)?.key != key {
        return None;
    }
    let done = ask(port, &format!("{WAIT_PATH}?poll=false"), deadline)
        .is_some_and(|(status, _)| status == 200);
    Some(if done { OtherBridge::Done } else { OtherBridge::SigningIn })
}

/// Who a program on a port says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BridgeIdentity {
    /// The cache key of the server that it signs in to.
    pub key: String,
    /// Its process; mcp-remote does not say.
    pub pid: Option<u32>,
}

/// Asks the program on a port which bridge it is. This takes a second at most.
pub fn ask_identity(port: u16) -> Option<BridgeIdentity> {
    identity(port, Instant::now() + TIMEOUT)
}

fn identity(port: u16, deadline: Instant) -> Option<BridgeIdentity> {
    let (_, body) = ask(port, ID_PATH, deadline).filter(|(status, _)| *status == 200)?;
    let id: Value = serde_json::from_slice(&body).ok()?;
    let key = id["serverUrlHash"].as_str().filter(|_| id["mcpRemote"] == true)?;
    let pid = id["pid"].as_u64().and_then(|pid| pid.try_into().ok());
    Some(BridgeIdentity { key: key.to_owned(), pid })
}

fn ask(port: u16, path: &str, deadline: Instant) -> Option<(u16, Vec<u8>)> {
    let left = || {
        let left = deadline.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    };
    let mut stream = TcpStream::connect_timeout(&local(port), left()?).ok()?;
    stream.set_write_timeout(Some(left()?)).ok()?;
    let request = format!("GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let (mut response, mut chunk) = (vec![], [0; 2048]);
    // What arrived before the deadline counts.
    while let Some(left) = left().filter(|_| response.len() < LIMIT && !is_complete(&response)) {
        stream.set_read_timeout(Some(left)).ok()?;
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => break,
            Ok(count) => response.extend_from_slice(&chunk[..count]),
        }
    }
    let (head, body) = split(&response)?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_vec()))
}

// Whether the body is as long as the response says. Otherwise it ends with the connection.
fn is_complete(response: &[u8]) -> bool {
    let length = |line: &str| {
        let (name, value) = line.split_once(':')?;
        value.trim().parse().ok().filter(|_| name.eq_ignore_ascii_case("content-length"))
    };
    split(response).is_some_and(|(head, body)| {
        head.lines().find_map(length).is_some_and(|length: usize| body.len() >= length)
    })
}

fn split(response: &[u8]) -> Option<(String, &[u8])> {
    let end = response.windows(4).position(|end| end == b"\r\n\r\n")?;
    Some((String::from_utf8_lossy(&response[..end]).into_owned(), &response[end + 4..]))
}
