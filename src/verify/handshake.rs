//! The handshake of MCP with a server that runs: `initialize`, `notifications/initialized`, and `tools/list` until the
//! last page.

use std::collections::BTreeSet;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::error::VerifyError;
use super::process::ServerProcess;
use crate::auth::session::PROTOCOL;
use crate::bridge::{SIGN_IN_REQUIRED, message};

const INITIALIZE: &str = "initialize";
const LIST: &str = "tools/list";
// How long to wait before looking whether the run was stopped.
const STEP: Duration = Duration::from_millis(50);
// How long to wait before trying again to send a line.
const FULL_STEP: Duration = Duration::from_millis(1);

/// Carries out the handshake, and returns the number of tools.
///
/// # Errors
/// Fails if the server does not respond as MCP requires, or if `stopped` says that the run was stopped.
pub fn handshake(
    process: &mut ServerProcess,
    deadline: Instant,
    stopped: &dyn Fn() -> bool,
) -> Result<usize, VerifyError> {
    let mut session =
        HandshakeSession { process, started: Instant::now(), deadline, stopped, id: 0 };
    let hello = session.request(
        INITIALIZE,
        json!({
            "protocolVersion": PROTOCOL,
            "capabilities": {},
            "clientInfo": { "name": "mcpgen", "version": env!("CARGO_PKG_VERSION") },
        }),
    )?;
    let malformed = |method, why| VerifyError::Malformed { method, why };
    if !hello.get("protocolVersion").is_some_and(Value::is_string) {
        return Err(malformed(INITIALIZE, "has no `protocolVersion`"));
    }
    let initialized = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    session.send(INITIALIZE, &initialized)?;
    if hello.get("capabilities").and_then(|all| all.get("tools")).is_none() {
        return Ok(0);
    }
    let (mut tools, mut cursors, mut params) = (0, BTreeSet::new(), json!({}));
    loop {
        let page = session.request(LIST, params)?;
        let Some(list) = page.get("tools").and_then(Value::as_array) else {
            return Err(malformed(LIST, "has no list `tools`"));
        };
        tools += list.len();
        let Some(cursor) = page.get("nextCursor").and_then(Value::as_str) else { return Ok(tools) };
        if !cursors.insert(cursor.to_owned()) {
            return Err(malformed(LIST, "has a `nextCursor` that an earlier page had"));
        }
        params = json!({ "cursor": cursor });
    }
}

struct HandshakeSession<'p> {
    process: &'p mut ServerProcess,
    started: Instant,
    deadline: Instant,
    stopped: &'p dyn Fn() -> bool,
    id: u64,
}

impl HandshakeSession<'_> {
    fn request(&mut self, method: &'static str, params: Value) -> Result<Value, VerifyError> {
        self.id += 1;
        let request =
            json!({ "jsonrpc": "2.0", "id": self.id, "method": method, "params": params });
        self.send(method, &request)?;
        loop {
            let line = self.line(method)?;
            let messages = match message::value(&line) {
                Some(Value::Array(batch)) => batch,
                Some(one) => vec![one],
                // Many servers write other lines to standard output, and clients ignore such lines.
                None => continue,
            };
            for message in messages {
                if let Some(result) = self.response(method, &message)? {
                    return Ok(result);
                }
            }
        }
    }

    // Returns the time that is left for the request.
    fn left(&self, method: &'static str) -> Result<Duration, VerifyError> {
        if (self.stopped)() {
            return Err(VerifyError::Stopped);
        }
        if self.process.stderr.asks_for_sign_in() {
            return Err(VerifyError::SignIn);
        }
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            let seconds = (self.deadline - self.started).as_secs_f64().round() as u64;
            return Err(VerifyError::TimedOut { method, seconds });
        }
        Ok(left)
    }

    // Waits while the server does not read what was sent before.
    fn send(&self, method: &'static str, message: &Value) -> Result<(), VerifyError> {
        let mut line = format!("{message}\n").into_bytes();
        while let Some(unsent) = self.process.send(line) {
            line = unsent;
            std::thread::sleep(self.left(method)?.min(FULL_STEP));
        }
        Ok(())
    }

    fn line(&mut self, method: &'static str) -> Result<Vec<u8>, VerifyError> {
        loop {
            let left = self.left(method)?;
            match self.process.lines.recv_timeout(left.min(STEP)) {
                Ok(line) => return Ok(line),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    let status = self.process.status();
                    return Err(match self.process.stderr.asks_for_sign_in() {
                        true => VerifyError::SignIn,
                        false => VerifyError::Ended(status),
                    });
                }
            }
        }
    }

    // Returns the result of the last request, if the message is its response. Requests of the server get a response.
    fn response(
        &self,
        method: &'static str,
        message: &Value,
    ) -> Result<Option<Value>, VerifyError> {
        if let (Some(name), Some(id)) = (message.get("method"), message.get("id")) {
            let response = match name.as_str() {
                Some("ping") => json!({ "jsonrpc": "2.0", "id": id, "result": {} }),
                _ => {
                    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": -32601, "message": "Method not found" } })
                }
            };
            self.send(method, &response)?;
            return Ok(None);
        }
        if message.get("id").and_then(Value::as_u64) != Some(self.id) {
            return Ok(None);
        }
        if let Some(result) = message.get("result") {
            return Ok(Some(result.clone()));
        }
        let Some(error) = message.get("error") else { return Ok(None) };
        let text = error.get("message").and_then(Value::as_str).unwrap_or_default();
        if text.contains(SIGN_IN_REQUIRED) {
            return Err(VerifyError::SignIn);
        }
        Err(VerifyError::Rejected { method, message: text.to_owned() })
    }
}
