//! `login`: signs in to servers, one after the other.

use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

use super::report::list;
use super::{Done, Failure, Rim, print, say, tell};
use crate::auth::cache::TokenSet;
use crate::auth::credentials::Wanted;
use crate::auth::expiry::is_fresh;
use crate::auth::http::Http;
use crate::auth::login::{Event, Job, LoginError, Way, login};
use crate::auth::now;
use crate::auth::refresh::renews_itself;
use crate::auth::register::RegisterError;
use crate::cli::{Exit, Login};
use crate::diagnostic::{Diagnostic, printable};
use crate::suggest::ShellCommand;

mod carry;
pub mod target;

use carry::migrate;
use target::{Target, targets};

pub fn run(rim: &Rim<'_>, flags: &Login) -> Done {
    let (place, targets) = targets(rim, flags)?;
    if flags.migrate {
        migrate(rim, &place, &targets)?;
    }
    let pasted = reader(flags.no_browser);
    let mut exit = Exit::Done;
    let mut signed = 0;
    for target in &targets {
        if !flags.force && flags.servers.is_empty() && is_usable(rim, target) {
            continue;
        }
        signed += 1;
        match one(rim, flags, target, &pasted) {
            Ok(tokens) => report(flags, target, &tokens)?,
            Err(error) => {
                if flags.json {
                    line(&json!({ "server": target.name, "error": error.to_string() }))?;
                }
                let fault = Diagnostic::error(error.to_string())
                    .note(format!("signing in to `{}`", target.name));
                let moved =
                    matches!(error, LoginError::Register(RegisterError::OtherIssuer { .. }));
                let help = moved.then(|| sign_out(rim, target));
                say(&[help.into_iter().fold(fault, Diagnostic::help)], rim.terminal);
                exit = exit.and(Exit::Error);
            }
        }
    }
    if signed == 0 && !flags.json {
        tell("every sign-in is usable; `--force` signs in anew\n");
    }
    Ok(exit)
}

fn one(
    rim: &Rim<'_>,
    flags: &Login,
    target: &Target,
    pasted: &Receiver<String>,
) -> Result<TokenSet, LoginError> {
    let credentials = target.wanted.look_up(&target.call, rim.env)?;
    let http = Http::new(rim.env, &target.call.url, flags.allow_private)?;
    let job = Job {
        env: rim.env,
        http: &http,
        call: &target.call,
        files: &target.files,
        credentials: &credentials,
        way: if flags.device {
            Way::Device
        } else if flags.no_browser {
            Way::Printed(pasted)
        } else {
            Way::Browser
        },
        patience: Duration::from_secs(flags.timeout),
        wider: None,
        success_url: None,
        unless: None,
    };
    let mut screen = Screen { rim, flags, name: &target.name, turn: 0 };
    let done = login(&job, &mut |event| screen.show(event));
    screen.wipe();
    done
}

fn sign_out(rim: &Rim<'_>, target: &Target) -> String {
    let command = match target.wanted {
        Wanted::Declared(_) => rim.suggest.again("logout", None).operand(&target.name),
        Wanted::Address(_) => {
            let path = target.files.path("tokens.json");
            let words = format!("a file manager: {}", rim.env.display(&path));
            ShellCommand::new("rm").path(&path, rim.env).or(words)
        }
    };
    format!("remove the old sign-in with {command}")
}

// What a bridge would start with: tokens that are fresh or can be renewed.
fn is_usable(rim: &Rim<'_>, target: &Target) -> bool {
    let Target { call, files, .. } = target;
    files.tokens().ok().flatten().is_some_and(|tokens| {
        tokens.is_for(call.scope.as_deref())
            && (renews_itself(call, files, &tokens, rim.env.os) || is_fresh(&tokens, now()))
    })
}

// Lines are read in a thread, since nothing else ends the wait for one.
fn reader(wanted: bool) -> Receiver<String> {
    let (sender, receiver) = channel();
    if wanted {
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

struct Screen<'a> {
    rim: &'a Rim<'a>,
    flags: &'a Login,
    name: &'a str,
    turn: usize,
}

const SPINNER: [&str; 8] = ["⠋", "⠙", "⠸", "⠴", "⠦", "⠧", "⠇", "⠏"];

impl Screen<'_> {
    fn show(&mut self, event: Event<'_>) {
        if let Event::Waits(left) = event {
            return self.spin(left);
        }
        self.wipe();
        let name = self.name;
        match event {
            Event::Waits(_) => {}
            Event::Follows(port) => tell(&format!(
                "{name}: a bridge has a sign-in under way (port {port}); finish it in your browser\n"
            )),
            Event::Open(url, true) => {
                let url = printable(url);
                let page = url.split('?').next().unwrap_or_default();
                tell(&format!(
                    "{name}: your browser opens {page}\nif it does not, open this address:\n\n  {url}\n\n"
                ));
            }
            Event::Open(url, false) => self.print_address(url),
            Event::NoBrowser(why) => tell(&format!("{name}: {}\n", printable(&why))),
            Event::Stranger(why) => tell(&format!(
                "{name}: something came to the callback address, but {why}; still waiting\n"
            )),
            Event::Exposed(path) => tell(&format!(
                "`{}` could be read by others; it is private now\n",
                self.rim.env.display(path)
            )),
            Event::Device(errand) => self.print_code(errand),
        }
    }

    fn print_address(&self, url: &str) {
        if self.flags.json {
            line(&json!({ "server": self.name, "url": url })).ok();
        }
        let paste = if self.flags.no_browser {
            "a browser on another machine? paste the address that it ends on here\n"
        } else {
            ""
        };
        let url = printable(url);
        tell(&format!("{}: open this address to sign in:\n\n  {url}\n\n{paste}", self.name));
    }

    fn print_code(&self, errand: &crate::auth::device::Errand) {
        let (uri, code) = (printable(&errand.uri), printable(&errand.user_code));
        let complete = errand.complete.as_deref();
        if self.flags.json {
            line(&json!({ "server": self.name, "url": uri, "code": code, "complete": complete }))
                .ok();
        }
        let short = complete.map(|url| format!("or open {}\n", printable(url))).unwrap_or_default();
        tell(&format!("{}: open {uri} on any device and type\n\n  {code}\n\n{short}", self.name));
    }

    fn spin(&mut self, left: Duration) {
        // It would run over what is being pasted.
        if !self.rim.terminal.person || self.flags.no_browser {
            return;
        }
        let sign = SPINNER[self.turn % SPINNER.len()];
        let seconds = left.as_secs();
        self.turn += 1;
        tell(&format!("\r{sign} waiting for you, {}:{:02} left ", seconds / 60, seconds % 60));
    }

    fn wipe(&mut self) {
        if self.turn > 0 {
            tell("\r\x1b[K");
            self.turn = 0;
        }
    }
}

fn line(value: &Value) -> Result<(), Failure> {
    print(&format!("{value}\n"))
}

fn report(flags: &Login, target: &Target, tokens: &TokenSet) -> Result<(), Failure> {
    let renews = tokens.refresh_token.is_some();
    if flags.json {
        line(&json!({
            "server": target.name,
            "key": target.files.key().as_str(),
            "expires_at": tokens.expires_at,
            "renews": renews,
            "scope": tokens.scope,
            "clients": target.clients,
        }))?;
    }
    let left = tokens.expires_at.unwrap_or_default().saturating_sub(now());
    let renewal = if renews { "renews itself" } else { "does not renew itself" };
    let clients: Vec<&str> = target.clients.iter().map(String::as_str).collect();
    let shared = match clients.as_slice() {
        [] => String::new(),
        [_, ..] => format!("; these clients share it: {}", list(&clients)),
    };
    tell(&format!("{}: signed in, expires in {}, {renewal}{shared}\n", target.name, span(left)));
    Ok(())
}

/// Writes a time as people say it, in one unit, never more than is true.
pub fn span(millis: u64) -> String {
    let minutes = millis.saturating_add(5_000) / 60_000;
    match minutes {
        0 => "less than a minute".to_owned(),
        1..120 => format!("{minutes} min"),
        120..2880 => format!("{} h", minutes / 60),
        2880.. => format!("{} days", minutes / 1440),
    }
}
