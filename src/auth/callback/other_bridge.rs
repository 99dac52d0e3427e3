//! Finds out whether a bridge that signs in to the same server holds a port.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use super::{ID_PATH, WAIT_PATH, local};

const TIMEOUT: Duration = Duration::from_secs(1);
const LIMIT: u64 = 64 * 1024;

/// The progress of another bridge's sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherBridge {
    /// It waits for the person.
    SigningIn,
    /// It has finished and still holds the port.
    Done,
}

/// Asks the program on a port whether it signs in to the server with this key.
pub fn ask_other_bridge(port: u16, key: &str) -> Option<OtherBridge> {
    let (_, body) = ask(port, ID_PATH).filter(|(status, _)| *status == 200)?;
    let id: Value = serde_json::from_slice(&body).ok()?;
    if id["mcpRemote"] != true || id["serverUrlHash"] != key {
        return None;
    }
    let done =
        ask(port, &format!("{WAIT_PATH}?poll=false")).is_some_and(|(status, _)| status == 200);
    Some(if done { OtherBridge::Done } else { OtherBridge::SigningIn })
}

fn ask(port: u16, path: &str) -> Option<(u16, Vec<u8>)> {
    let mut stream = TcpStream::connect_timeout(&local(port), TIMEOUT).ok()?;
    stream.set_read_timeout(Some(TIMEOUT)).ok()?;
    stream.set_write_timeout(Some(TIMEOUT)).ok()?;
    let request = format!("GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = vec![];
    // Keep what arrived before the timeout.
    stream.take(LIMIT).read_to_end(&mut answer).ok();
    let end = answer.windows(4).position(|end| end == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, answer.split_off(end + 4)))
}
