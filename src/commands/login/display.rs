//! Shows the progress of a sign-in to the user.

use std::time::Duration;

use serde_json::{Value, json};

use super::pasted_lines::PastedLines;
use crate::auth::device::DeviceAuthorization;
use crate::auth::login::{LoginEvent, pkce_not_stated};
use crate::cli::Login;
use crate::commands::{Failure, Invocation, eprint_text, print};
use crate::display::{escaped, printable};

/// Shows the progress of one sign-in.
pub struct LoginDisplay<'a> {
    invocation: &'a Invocation<'a>,
    flags: &'a Login,
    name: &'a str,
    turn: usize,
    pasted: &'a PastedLines,
}

const SPINNER: [&str; 8] = ["⠋", "⠙", "⠸", "⠴", "⠦", "⠧", "⠇", "⠏"];

impl<'a> LoginDisplay<'a> {
    /// Makes the display of a sign-in.
    pub fn new(
        invocation: &'a Invocation<'a>,
        flags: &'a Login,
        name: &'a str,
        pasted: &'a PastedLines,
    ) -> Self {
        Self { invocation, flags, name, turn: 0, pasted }
    }

    /// Shows an event.
    pub fn show(&mut self, event: LoginEvent<'_>) {
        if let LoginEvent::Waiting(left) = event {
            return self.spin(left);
        }
        self.clear_spinner();
        let name = self.name;
        match event {
            LoginEvent::Waiting(_) => {}
            LoginEvent::WaitingForBridge(port) => eprint_text(&format!(
                "{name}: another bridge is already signing in (port {port}); finish that \
                 sign-in in your browser\n"
            )),
            LoginEvent::PkceNotStated(issuer) => {
                eprint_text(&format!("{name}: {}\n", printable(&pkce_not_stated(issuer))))
            }
            LoginEvent::AuthorizationUrl(url, true) => {
                let url = printable(url);
                let page = url.split('?').next().unwrap_or_default();
                eprint_text(&format!(
                    "{name}: opening {page} in your browser\nif the browser does not open, visit this URL:\n\n  {url}\n\n{}",
                    self.paste()
                ));
            }
            LoginEvent::AuthorizationUrl(url, false) => self.print_url(url),
            LoginEvent::NoOfflineAccess => eprint_text(&format!(
                "{name}: the server offers the scope `offline_access`, which gives a refresh token, but the declared \
                 scope lacks it; to refresh this sign-in, add `offline_access` to `scope` (for a URL, to `--scope`)\n"
            )),
            LoginEvent::NewClient(why) => {
                eprint_text(&format!("{name}: registered a new client, because {why}\n"));
            }
            LoginEvent::NoBrowser(why) => eprint_text(&format!("{name}: {}\n", printable(&why))),
            LoginEvent::IgnoredRequest(why) => {
                eprint_text(&format!("{name}: ignored a response: {why}; still waiting\n"))
            }
            LoginEvent::Exposed(path) => eprint_text(&format!(
                "other users could read `{}`; the file is now private\n",
                self.invocation.env.display(path)
            )),
            LoginEvent::DeviceCode(device) => self.print_code(device),
        }
    }

    fn print_url(&self, url: &str) {
        if self.flags.json {
            print_line(&json!({ "server": self.name, "url": url })).ok();
        }
        // If this machine has no browser, the user opens the URL on another machine.
        self.pasted.start();
        let (paste, url) = (self.paste(), printable(url));
        eprint_text(&format!("{}: open this URL to sign in:\n\n  {url}\n\n{paste}", self.name));
    }

    fn paste(&self) -> &'static str {
        if self.pasted.is_started() {
            "if the browser is on another machine, paste the URL of its last page here\n"
        } else {
            ""
        }
    }

    fn print_code(&self, device: &DeviceAuthorization) {
        let (uri, code) = (printable(&device.verification_uri), printable(&device.user_code));
        let complete = device.verification_uri_complete.as_deref();
        if self.flags.json {
            print_line(
                &json!({ "server": self.name, "url": uri, "code": code, "complete": complete }),
            )
            .ok();
        }
        let short = complete.map(|url| format!("or open {}\n", printable(url))).unwrap_or_default();
        eprint_text(&format!(
            "{}: open {uri} on any device and enter this code:\n\n  {code}\n\n{short}",
            self.name
        ));
    }

    fn spin(&mut self, left: Duration) {
        // The spinner would overwrite what is being pasted.
        if !self.invocation.is_animated() || self.pasted.is_started() {
            return;
        }
        let sign = SPINNER[self.turn % SPINNER.len()];
        let seconds = left.as_secs();
        self.turn += 1;
        eprint_text(&format!(
            "\r{sign} waiting for you, {}:{:02} left ",
            seconds / 60,
            seconds % 60
        ));
    }

    /// Removes the spinner.
    pub fn clear_spinner(&mut self) {
        if self.turn > 0 {
            eprint_text("\r\x1b[K");
            self.turn = 0;
        }
    }
}

/// Prints one JSON object per line.
pub fn print_line(value: &Value) -> Result<(), Failure> {
    print(&format!("{}\n", escaped(&value.to_string())))
}
