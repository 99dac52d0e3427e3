//! What the bridge says to a person, on standard error, which clients show in their logs. No message's content and
//! no credential is in it.

use std::sync::Arc;

use super::message::Message;
use crate::auth::login::Event;
use crate::auth::{device::Errand, http::shown};

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
    pub fn sign_in(&self, event: &Event<'_>) {
        match event {
            Event::Follows(port) => self.line(&format!(
                "another bridge signs in to this server (port {port}); waiting for it"
            )),
            Event::Open(url, true) => self.line(&format!(
                "the server wants a sign-in: your browser opens {}; if it does not, open {url}",
                shown(url)
            )),
            Event::Open(url, false) => {
                self.line(&format!("the server wants a sign-in: open this address: {url}"));
            }
            Event::NoBrowser(why) => self.line(why),
            Event::Device(errand) => self.code(errand),
            Event::Stranger(why) => self
                .line(&format!("something came to the callback address, but {why}; still waiting")),
            Event::Exposed(path) => {
                self.line(&format!("`{path}` could be read by others; it is private now"));
            }
            Event::Waits(_) => {}
        }
    }

    /// Says how a sign-in has ended.
    pub fn signed_in(&self, well: bool) {
        self.line(if well { "signed in" } else { "the sign-in has failed" });
    }

    fn code(&self, errand: &Errand) {
        let Errand { uri, user_code, .. } = errand;
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
