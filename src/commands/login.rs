//! `login`: signs in to servers, one after the other.

use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

use super::report::list;
use super::{Done, Failure, Invocation, eprint_diagnostics, eprint_text, print};
use crate::auth::cache::TokenSet;
use crate::auth::client_credentials::client_credentials;
use crate::auth::credentials::CredentialSource;
use crate::auth::login::{
    LoginError, LoginEvent, LoginMethod, LoginRequest, login, pkce_not_stated,
};
use crate::auth::now;
use crate::auth::refresh::{RefreshRequest, has_issuer, renews_itself};
use crate::auth::register::RegisterError;
use crate::cli::{Exit, Login};
use crate::diagnostic::{Diagnostic, one_line};
use crate::display::{escaped, printable};
use crate::http::{HttpClient, HttpConfig};
use crate::model::Grant;
use crate::suggest::ShellCommand;

mod migrate;

use super::sign_ins::{ServerSignIn, sign_ins};
use migrate::migrate;

pub fn run(invocation: &Invocation<'_>, flags: &Login) -> Done {
    let (context, sign_ins) = sign_ins(invocation, flags)?;
    if flags.migrate {
        migrate(invocation, &context, &sign_ins)?;
    }
    let pasted = read_pasted_lines(flags.no_browser);
    let mut exit = Exit::Done;
    let mut signed = 0;
    for sign_in in &sign_ins {
        if !flags.force && flags.servers.is_empty() && is_usable(invocation, sign_in) {
            continue;
        }
        signed += 1;
        match sign_in_to(invocation, flags, sign_in, &pasted) {
            Ok(tokens) => report(flags, sign_in, &tokens)?,
            Err(error) => {
                if flags.json {
                    print_line(&json!({ "server": sign_in.name, "error": one_line(&error) }))?;
                }
                let fault = Diagnostic::of_error(&error)
                    .note(format!("while signing in to `{}`", sign_in.name));
                let moved =
                    matches!(error, LoginError::Register(RegisterError::OtherIssuer { .. }));
                let help = moved.then(|| sign_out(invocation, sign_in));
                eprint_diagnostics(
                    &[help.into_iter().fold(fault, Diagnostic::help)],
                    invocation.terminal,
                );
                exit = exit.and(Exit::Error);
            }
        }
    }
    if signed == 0 && !flags.json {
        eprint_text("every sign-in is usable; use `--force` to sign in again\n");
    }
    Ok(exit)
}

fn sign_in_to(
    invocation: &Invocation<'_>,
    flags: &Login,
    sign_in: &ServerSignIn,
    pasted: &Receiver<String>,
) -> Result<TokenSet, LoginError> {
    let credentials = sign_in.credentials_from.resolve(&sign_in.call, invocation.env)?;
    let config = HttpConfig::sign_in(flags.allow_private, sign_in.call.allow_http);
    let http = HttpClient::new(invocation.env, &sign_in.call.url, &config)?;
    if sign_in.call.grant == Grant::ClientCredentials {
        let ServerSignIn { call, files, .. } = sign_in;
        let (http, credentials) = (&http, &credentials);
        let request = RefreshRequest { http, call, files, credentials, forget_refused: false };
        return Ok(client_credentials(&request, &|_| false)?);
    }
    let job = LoginRequest {
        env: invocation.env,
        http: &http,
        call: &sign_in.call,
        files: &sign_in.files,
        credentials: &credentials,
        method: if flags.no_browser {
            LoginMethod::Printed(pasted)
        } else if flags.device || sign_in.call.grant == Grant::Device {
            LoginMethod::Device
        } else {
            LoginMethod::Browser
        },
        timeout: Duration::from_secs(flags.timeout),
        wider_scope: None,
        success_url: None,
        skip_if: None,
    };
    let mut screen = LoginDisplay { invocation, flags, name: &sign_in.name, turn: 0 };
    let done = login(&job, &mut |event| screen.show(event));
    screen.clear_spinner();
    done
}

fn sign_out(invocation: &Invocation<'_>, sign_in: &ServerSignIn) -> String {
    let command = match sign_in.credentials_from {
        CredentialSource::Declared(_) => {
            invocation.suggest.again("logout", None).operand(&sign_in.name)
        }
        CredentialSource::CommandLine(_) => {
            let path = sign_in.files.path("tokens.json");
            let words = format!("a file manager: {}", invocation.env.display(&path));
            ShellCommand::new("rm").path(&path, invocation.env).or(words)
        }
    };
    format!("if the server has moved, remove the old sign-in with {command}")
}

// Whether a bridge could start with this sign-in: its tokens are fresh or can be refreshed.
fn is_usable(invocation: &Invocation<'_>, sign_in: &ServerSignIn) -> bool {
    let ServerSignIn { call, files, .. } = sign_in;
    files.tokens().ok().flatten().is_some_and(|tokens| {
        let renews = renews_itself(call, files, &tokens, invocation.env.os)
            && has_issuer(call, files, &tokens);
        tokens.is_for(call.scope.as_deref()) && (renews || call.is_fresh(&tokens, now()))
    })
}

// Reads lines on a thread of its own, since a blocking read cannot be interrupted.
fn read_pasted_lines(credentials_from: bool) -> Receiver<String> {
    let (sender, receiver) = channel();
    if credentials_from {
        std::thread::spawn(move || {
            for line in std::io::stdin().lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
    }
    receiver
}

struct LoginDisplay<'a> {
    invocation: &'a Invocation<'a>,
    flags: &'a Login,
    name: &'a str,
    turn: usize,
}

const SPINNER: [&str; 8] = ["⠋", "⠙", "⠸", "⠴", "⠦", "⠧", "⠇", "⠏"];

impl LoginDisplay<'_> {
    fn show(&mut self, event: LoginEvent<'_>) {
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
                    "{name}: opening {page} in your browser\nif the browser does not \
                     open, visit this URL:\n\n  {url}\n\n"
                ));
            }
            LoginEvent::AuthorizationUrl(url, false) => self.print_url(url),
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
        let paste = if self.flags.no_browser {
            "if the browser is on another machine, paste the URL of its last page here\n"
        } else {
            ""
        };
        let url = printable(url);
        eprint_text(&format!("{}: open this URL to sign in:\n\n  {url}\n\n{paste}", self.name));
    }

    fn print_code(&self, device: &crate::auth::device::DeviceAuthorization) {
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
        if !self.invocation.terminal.person || self.flags.no_browser {
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

    fn clear_spinner(&mut self) {
        if self.turn > 0 {
            eprint_text("\r\x1b[K");
            self.turn = 0;
        }
    }
}

fn print_line(value: &Value) -> Result<(), Failure> {
    print(&format!("{}\n", escaped(&value.to_string())))
}

fn report(flags: &Login, sign_in: &ServerSignIn, tokens: &TokenSet) -> Result<(), Failure> {
    let renews = tokens.refresh_token.is_some() || sign_in.call.grant == Grant::ClientCredentials;
    if flags.json {
        print_line(&json!({
            "server": sign_in.name,
            "key": sign_in.files.key().as_str(),
            "expires_at": tokens.expires_at,
            "renews": renews,
            "scope": tokens.scope,
            "clients": sign_in.clients,
        }))?;
    }
    let left = tokens.expires_at.unwrap_or_default().saturating_sub(now());
    let renewal = if renews { "refreshes automatically" } else { "cannot be refreshed" };
    let clients: Vec<&str> = sign_in.clients.iter().map(String::as_str).collect();
    let shared = match clients.as_slice() {
        [] => String::new(),
        [_, ..] => format!("; shared by {}", list(&clients)),
    };
    eprint_text(&format!(
        "{}: signed in, expires in {}, {renewal}{shared}\n",
        sign_in.name,
        duration(left)
    ));
    Ok(())
}

/// Formats a duration in one unit, rounded down.
pub fn duration(millis: u64) -> String {
    let minutes = millis.saturating_add(5_000) / 60_000;
    match minutes {
        0 => "less than a minute".to_owned(),
        1..120 => format!("{minutes} min"),
        120..2880 => format!("{} h", minutes / 60),
        2880.. => format!("{} days", minutes / 1440),
    }
}
