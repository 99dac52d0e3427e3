//! What the bridge says to a person, on standard error, which clients show in their logs. No message's content and
//! no credential is in it.

use std::sync::Arc;

use super::message::Message;
use crate::auth::login::LoginEvent;
use crate::auth::{device::DeviceAuthorization, http::shown};

/// Takes a line; the flag says whether it is one of `--debug`.
pub type Sink = dyn Fn(&str, bool) + Send + Sync;

/// Says lines.
#[derive(Clone)]
pub struct Say {
    sink: Arc<Sink>,
    debug: bool,
}

impl Say {
    /// Makes it.
    pub fn new(sink: Arc<Sink>, debug: bool) -> Self {
        Self { sink, debug }
    }

    /// Says a line.
    pub fn line(&self, text: &str) {
        (self.sink)(text, false);
    }

    /// Says a line where every step is asked for.
    pub fn debug(&self, text: &str) {
        if self.debug {
            (self.sink)(text, true);
        }
    }

    /// Says a line that takes some making, where every step is asked for.
    pub fn debug_with(&self, text: impl FnOnce() -> String) {
        if self.debug {
            (self.sink)(&text(), true);
        }
    }

    /// Says that messages pass, by their methods and ids.
    pub fn passes(&self, way: &str, messages: &[Message<'_>]) {
        if !self.debug {
            return;
        }
        for message in messages {
            let method = message.method.as_deref().unwrap_or("answer");
            let id = message.id.map_or("", |id| id.get());
            self.debug(&format!("{way} {} {}", short(method), short(id)));
        }
    }

    /// Says how a sign-in goes.
    pub fn sign_in(&self, event: &LoginEvent<'_>) {
        match event {
            LoginEvent::WaitingForBridge(port) => self.line(&format!(
                "another bridge signs in to this server (port {port}); waiting for it"
            )),
            LoginEvent::AuthorizationUrl(url, true) => self.line(&format!(
                "the server wants a sign-in: your browser opens {}; if it does not, open {url}",
                shown(url)
            )),
            LoginEvent::AuthorizationUrl(url, false) => {
                self.line(&format!("the server wants a sign-in: open this address: {url}"));
            }
            LoginEvent::NoBrowser(why) => self.line(why),
            LoginEvent::DeviceCode(device) => self.code(device),
            LoginEvent::IgnoredRequest(why) => self
                .line(&format!("something came to the callback address, but {why}; still waiting")),
            LoginEvent::Exposed(path) => {
                self.line(&format!("`{path}` could be read by others; it is private now"));
            }
            LoginEvent::Waiting(_) => {}
        }
    }

    /// Says how a sign-in has ended.
    pub fn signed_in(&self, well: bool) {
        self.line(if well { "signed in" } else { "the sign-in has failed" });
    }

    fn code(&self, device: &DeviceAuthorization) {
        let DeviceAuthorization { verification_uri: uri, user_code, .. } = device;
        self.line(&format!(
            "the server wants a sign-in: open {uri} on any device and type {user_code}"
        ));
    }
}

// Names and ids are the other side's: none of them fills a log.
fn short(text: &str) -> String {
    text.chars().take(80).collect()
}

impl std::fmt::Debug for Say {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Say")
    }
}
