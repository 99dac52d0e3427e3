//! Messages on standard error, which clients show in their logs. They contain no credentials and no content of MCP
//! messages.

use std::sync::Arc;

use super::message::JsonRpcMessage;
use crate::auth::device::DeviceAuthorization;
use crate::auth::login::{LoginEvent, pkce_not_stated};
use crate::http::shown;

/// The function that gets each line, and whether the line is for `--debug` only.
pub type LogSink = dyn Fn(&str, bool) + Send + Sync;

/// The output of the bridge's log.
#[derive(Clone)]
pub struct BridgeLog {
    sink: Arc<LogSink>,
    debug: bool,
}

impl BridgeLog {
    /// `debug` says whether lines for `--debug` are logged.
    pub fn new(sink: Arc<LogSink>, debug: bool) -> Self {
        Self { sink, debug }
    }

    /// Logs a line.
    pub fn line(&self, text: &str) {
        (self.sink)(text, false);
    }

    /// Logs a line if `--debug` is set.
    pub fn debug(&self, text: &str) {
        if self.debug {
            (self.sink)(text, true);
        }
    }

    /// Logs a line if `--debug` is set. Otherwise, does not make the line.
    pub fn debug_with(&self, text: impl FnOnce() -> String) {
        if self.debug {
            (self.sink)(&text(), true);
        }
    }

    /// Logs methods and ids of messages if `--debug` is set.
    pub fn messages(&self, direction: &str, messages: &[JsonRpcMessage<'_>]) {
        if !self.debug {
            return;
        }
        for message in messages {
            let method = message.method.as_deref().unwrap_or("response");
            let id = message.id.map_or("", |id| id.get());
            self.debug(&format!("{direction} {} {}", short(method), short(id)));
        }
    }

    /// Logs the progress of a sign-in.
    pub fn sign_in(&self, event: &LoginEvent<'_>) {
        match event {
            LoginEvent::WaitingForBridge(port) => self.line(&format!(
                "another bridge is signing in to this server (port {port}); waiting for it"
            )),
            LoginEvent::AuthorizationUrl(url, true) => self.line(&format!(
                "the server requires a sign-in: your browser opens {}; if the browser does not open, visit {url}",
                shown(url)
            )),
            LoginEvent::AuthorizationUrl(url, false) => {
                self.line(&format!("the server requires a sign-in: open {url}"));
            }
            LoginEvent::PkceNotStated(issuer) => self.line(&pkce_not_stated(issuer)),
            LoginEvent::NoOfflineAccess => self.line(
                "the server gave no refresh token: the declared scope lacks `offline_access`, which the server offers",
            ),
            LoginEvent::NewClient(why) => {
                self.line(&format!("registered a new client, because {why}"));
            }
            LoginEvent::NoBrowser(why) => self.line(why),
            LoginEvent::DeviceCode(device) => self.code(device),
            LoginEvent::IgnoredRequest(why) => {
                self.line(&format!("ignored a request to the callback URL: {why}; still waiting"))
            }
            LoginEvent::Exposed(path) => {
                self.line(&format!("other users could read `{path}`; the file is now private"));
            }
            LoginEvent::Waiting(_) => {}
        }
    }

    /// Logs the end of a sign-in.
    pub fn signed_in(&self, success: bool) {
        self.line(if success { "signed in" } else { "the sign-in failed" });
    }

    fn code(&self, device: &DeviceAuthorization) {
        let DeviceAuthorization { verification_uri: uri, user_code, .. } = device;
        self.line(&format!(
            "the server requires a sign-in: open {uri} on any device and enter {user_code}"
        ));
    }
}

// Methods and ids come from the client or the server, and may be long.
fn short(text: &str) -> String {
    text.chars().take(80).collect()
}

impl std::fmt::Debug for BridgeLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BridgeLog")
    }
}
