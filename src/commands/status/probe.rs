//! `status --probe`: what each server says of the sign-in that the cache holds. Nothing is renewed by it.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use super::StatusRow;
use crate::auth::challenge::Challenge;
use crate::auth::http::{Http, HttpError, HttpResponse, shown};
use crate::auth::session::{end_session, initialize};
use crate::commands::Rim;
use crate::diagnostic::Diagnostic;

/// Says what a server says of a sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProbeResult {
    /// It lets mcpgen in.
    Accepted,
    /// It does not, and may say by a code why.
    Refused(Option<String>),
    /// It cannot be asked, or does not answer in time.
    Unreachable,
    /// It answers something else.
    NoAnswer,
}

impl ProbeResult {
    /// Returns the word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused(_) => "refused",
            Self::Unreachable => "unreachable",
            Self::NoAnswer => "no response to the question",
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
const TIMEOUT: Duration = Duration::from_secs(8);

type ProbeOutcome = (ProbeResult, Option<String>);

/// Asks the servers of all rows at once, and waits for each no longer than for all. Where there is no sign-in,
/// or a secret that a header needs is missing, there is nothing to ask.
pub fn probe(rim: &Rim<'_>, allow_private: bool, rows: &mut [StatusRow]) {
    let asking: Vec<_> = rows.iter_mut().map(|row| start(rim, allow_private, row)).collect();
    let end = Instant::now() + TIMEOUT;
    for (row, said) in rows.iter_mut().zip(asking) {
        let Some((result, why)) = said.map(|said| wait(&said, end, &row.sign_in.call.url)) else {
            continue;
        };
        row.warnings.extend(
            why.map(|why| Diagnostic::warning(why).note(format!("asking `{}`", row.sign_in.name))),
        );
        row.result = Some(result);
    }
}

// Secrets are looked up one after the other: a program may ask a person for each.
fn start(
    rim: &Rim<'_>,
    allow_private: bool,
    row: &mut StatusRow,
) -> Option<Receiver<ProbeOutcome>> {
    let token = row.tokens.as_ref()?.access_token.clone();
    let credentials = match row.sign_in.credentials_from.resolve(&row.sign_in.call, rim.env) {
        Ok(credentials) => credentials,
        Err(error) => {
            row.warnings.push(Diagnostic::warning(error.to_string()));
            return None;
        }
    };
    let mut headers = credentials.headers;
    headers.retain(|(name, _)| !name.eq_ignore_ascii_case("authorization"));
    headers.push(("Authorization".to_owned(), format!("Bearer {}", token.expose())));
    let (env, url) = (rim.env.clone(), row.sign_in.call.url.clone());
    let (sender, receiver) = channel();
    // One that takes too long ends with mcpgen.
    std::thread::spawn(move || match Http::new(&env, &url, allow_private) {
        Ok(http) => ask(&http, &url, &headers, token.expose(), &sender),
        Err(error) => drop(sender.send(failed(&url, error))),
    });
    Some(receiver)
}

// The sender outlives the session, so that who waits for its end lets the session end too.
fn ask(
    http: &Http,
    url: &str,
    headers: &[(String, String)],
    token: &str,
    said: &Sender<ProbeOutcome>,
) {
    match initialize(http, url, headers) {
        Ok(response) => {
            said.send(judge(url, &response, token)).ok();
            end_session(http, url, headers, &response);
        }
        Err(error) => drop(said.send(failed(url, error))),
    }
}

fn wait(said: &Receiver<ProbeOutcome>, end: Instant, url: &str) -> ProbeOutcome {
    let left = || end.saturating_duration_since(Instant::now());
    let result = said.recv_timeout(left());
    if result.is_ok() {
        said.recv_timeout(left()).ok();
    }
    result.unwrap_or_else(|error| {
        let why = match error {
            RecvTimeoutError::Timeout => format!("it takes more than {} s", TIMEOUT.as_secs()),
            RecvTimeoutError::Disconnected => "asking it broke off".to_owned(),
        };
        let remedy = "check the network, and HTTPS_PROXY where one is used";
        failed(url, HttpError::Unreachable { url: shown(url), why, remedy })
    })
}

fn judge(url: &str, response: &HttpResponse, token: &str) -> ProbeOutcome {
    let media = response.header("content-type").unwrap_or_default().to_ascii_lowercase();
    let speaks =
        ["application/json", "text/event-stream"].iter().any(|kind| media.starts_with(kind));
    match response.status {
        401 | 403 => (ProbeResult::Refused(code(response, token)), None),
        200..300 if speaks => (ProbeResult::Accepted, None),
        status => {
            let why =
                "which says nothing of the sign-in; check the address, or ask the server's owner";
            let kind = if media.contains("html") { " with a web page" } else { "" };
            (ProbeResult::NoAnswer, Some(format!("`{}` answers {status}{kind}, {why}", shown(url))))
        }
    }
}

// A code is a word of a specification; anything else is not repeated, since it could be the token.
fn code(response: &HttpResponse, token: &str) -> Option<String> {
    let word = |code: &String| code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let code = Challenge::from_headers(response.headers("www-authenticate")).error?;
    Some(code).filter(word).filter(|code| (1..=40).contains(&code.len()) && !code.contains(token))
}

// The addresses that a server sends on to are not repeated either.
fn failed(server: &str, error: HttpError) -> ProbeOutcome {
    let url = shown(server);
    let error = match error {
        HttpError::CrossOriginRedirect { .. } | HttpError::TooLong { .. } => {
            let why = "sends on to another origin; if that is the server, declare its address";
            return (ProbeResult::NoAnswer, Some(format!("`{url}` {why}")));
        }
        HttpError::Unreachable { why, remedy, .. } => HttpError::Unreachable { url, why, remedy },
        HttpError::PrivateNetwork { address, .. } => HttpError::PrivateNetwork { url, address },
        HttpError::InvalidUrl { why, .. } => HttpError::InvalidUrl { url, why },
        HttpError::Proxy { name } => HttpError::Proxy { name },
        HttpError::Certificates { name, path } => HttpError::Certificates { name, path },
    };
    (ProbeResult::Unreachable, Some(error.to_string()))
}
