//! `status --probe`: what each server says of the sign-in that the cache holds. Nothing is renewed by it.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use super::Row;
use crate::auth::challenge::Challenge;
use crate::auth::greeting::{greet, leave};
use crate::auth::http::{Answer, Http, HttpError, shown};
use crate::commands::Rim;
use crate::diagnostic::Diagnostic;

/// Says what a server says of a sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It lets mcpgen in.
    Accepted,
    /// It does not, and may say by a code why.
    Refused(Option<String>),
    /// It cannot be asked, or does not answer in time.
    Unreachable,
    /// It answers something else.
    NoAnswer,
}

impl Verdict {
    /// Returns the word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused(_) => "refused",
            Self::Unreachable => "unreachable",
            Self::NoAnswer => "no answer to the question",
        }
    }

    /// Returns the code of a refusal.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused(code) => code.as_deref(),
            Self::Accepted | Self::Unreachable | Self::NoAnswer => None,
        }
    }
}

// Below what a request may take, redirects and the end of the session included.
const PATIENCE: Duration = Duration::from_secs(8);

type Said = (Verdict, Option<String>);

/// Asks the servers of all rows at once, and waits for each no longer than for all. Where there is no sign-in,
/// or a secret that a header needs is missing, there is nothing to ask.
pub fn probe(rim: &Rim<'_>, allow_private: bool, rows: &mut [Row]) {
    let asking: Vec<_> = rows.iter_mut().map(|row| start(rim, allow_private, row)).collect();
    let end = Instant::now() + PATIENCE;
    for (row, said) in rows.iter_mut().zip(asking) {
        let Some((verdict, why)) = said.map(|said| wait(&said, end, &row.target.call.url)) else {
            continue;
        };
        row.warnings.extend(
            why.map(|why| Diagnostic::warning(why).note(format!("asking `{}`", row.target.name))),
        );
        row.verdict = Some(verdict);
    }
}

// Secrets are looked up one after the other: a program may ask a person for each.
fn start(rim: &Rim<'_>, allow_private: bool, row: &mut Row) -> Option<Receiver<Said>> {
    let token = row.tokens.as_ref()?.access_token.clone();
    let credentials = match row.target.wanted.look_up(&row.target.call, rim.env) {
        Ok(credentials) => credentials,
        Err(error) => {
            row.warnings.push(Diagnostic::warning(error.to_string()));
            return None;
        }
    };
    let mut headers = credentials.headers;
    headers.retain(|(name, _)| !name.eq_ignore_ascii_case("authorization"));
    headers.push(("Authorization".to_owned(), format!("Bearer {}", token.expose())));
    let (env, url) = (rim.env.clone(), row.target.call.url.clone());
    let (sender, receiver) = channel();
    // One that takes too long ends with mcpgen.
    std::thread::spawn(move || match Http::new(&env, &url, allow_private) {
        Ok(http) => ask(&http, &url, &headers, token.expose(), &sender),
        Err(error) => drop(sender.send(failed(&url, error))),
    });
    Some(receiver)
}

// The sender outlives the session, so that who waits for its end lets the session end too.
fn ask(http: &Http, url: &str, headers: &[(String, String)], token: &str, said: &Sender<Said>) {
    match greet(http, url, headers) {
        Ok(answer) => {
            said.send(judge(url, &answer, token)).ok();
            leave(http, url, headers, &answer);
        }
        Err(error) => drop(said.send(failed(url, error))),
    }
}

fn wait(said: &Receiver<Said>, end: Instant, url: &str) -> Said {
    let left = || end.saturating_duration_since(Instant::now());
    let verdict = said.recv_timeout(left());
    if verdict.is_ok() {
        said.recv_timeout(left()).ok();
    }
    verdict.unwrap_or_else(|error| {
        let why = match error {
            RecvTimeoutError::Timeout => format!("it takes more than {} s", PATIENCE.as_secs()),
            RecvTimeoutError::Disconnected => "asking it broke off".to_owned(),
        };
        let remedy = "check the network, and HTTPS_PROXY where one is used";
        failed(url, HttpError::Unreachable { url: shown(url), why, remedy })
    })
}

fn judge(url: &str, answer: &Answer, token: &str) -> Said {
    let media = answer.header("content-type").unwrap_or_default().to_ascii_lowercase();
    let speaks =
        ["application/json", "text/event-stream"].iter().any(|kind| media.starts_with(kind));
    match answer.status {
        401 | 403 => (Verdict::Refused(code(answer, token)), None),
        200..300 if speaks => (Verdict::Accepted, None),
        status => {
            let why =
                "which says nothing of the sign-in; check the address, or ask the server's owner";
            let kind = if media.contains("html") { " with a web page" } else { "" };
            (Verdict::NoAnswer, Some(format!("`{}` answers {status}{kind}, {why}", shown(url))))
        }
    }
}

// A code is a word of a specification; anything else is not repeated, since it could be the token.
fn code(answer: &Answer, token: &str) -> Option<String> {
    let word = |code: &String| code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let code = Challenge::read(answer.headers("www-authenticate")).error?;
    Some(code).filter(word).filter(|code| (1..=40).contains(&code.len()) && !code.contains(token))
}

// The addresses that a server sends on to are not repeated either.
fn failed(server: &str, error: HttpError) -> Said {
    let url = shown(server);
    let error = match error {
        HttpError::Elsewhere { .. } | HttpError::TooLong { .. } => {
            let why = "sends on to another origin; if that is the server, declare its address";
            return (Verdict::NoAnswer, Some(format!("`{url}` {why}")));
        }
        HttpError::Unreachable { why, remedy, .. } => HttpError::Unreachable { url, why, remedy },
        HttpError::Private { address, .. } => HttpError::Private { url, address },
        HttpError::NotAnAddress { why, .. } => HttpError::NotAnAddress { url, why },
        HttpError::Proxy { name } => HttpError::Proxy { name },
        HttpError::Certificates { name, path } => HttpError::Certificates { name, path },
    };
    (Verdict::Unreachable, Some(error.to_string()))
}
