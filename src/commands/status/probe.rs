//! `status --probe`: checks whether each server accepts the cached access token. Nothing is refreshed.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use super::StatusRow;
use crate::auth::challenge::Challenge;
use crate::auth::session::{end_session, initialize};
use crate::commands::Invocation;
use crate::diagnostic::Diagnostic;
use crate::http::{HttpClient, HttpConfig, HttpError, StreamingResponse, borrowed, shown};

/// The server's response to a sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProbeResult {
    /// It accepts the access token.
    Accepted,
    /// The server refuses the access token, perhaps with an error code.
    Refused(Option<String>),
    /// The server cannot be reached, or does not respond in time.
    Unreachable,
    /// It responds with something else.
    NoAnswer,
}

impl ProbeResult {
    /// Returns the result as users see it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused(_) => "refused",
            Self::Unreachable => "unreachable",
            Self::NoAnswer => "no usable response",
        }
    }

    /// Returns the error code of a refusal.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused(code) => code.as_deref(),
            Self::Accepted | Self::Unreachable | Self::NoAnswer => None,
        }
    }
}

// Shorter than the timeout of one request, and covers redirects and the end of the session.
const TIMEOUT: Duration = Duration::from_secs(8);

type ProbeOutcome = (ProbeResult, Option<Diagnostic>);

/// Probes all servers at once and waits for all of them together. A row without a sign-in, or with
/// a header secret that cannot be resolved, is skipped.
pub fn probe(invocation: &Invocation<'_>, allow_private: bool, rows: &mut [StatusRow]) {
    let probes: Vec<_> = rows.iter_mut().map(|row| start(invocation, allow_private, row)).collect();
    let end = Instant::now() + TIMEOUT;
    for (row, outcome) in rows.iter_mut().zip(probes) {
        let Some((result, warning)) =
            outcome.map(|outcome| wait(&outcome, end, &row.sign_in.call.url))
        else {
            continue;
        };
        row.warnings.extend(
            warning.map(|warning| warning.note(format!("while probing `{}`", row.sign_in.name))),
        );
        row.result = Some(result);
    }
}

// Resolve secrets one after the other: a program may prompt for each.
fn start(
    invocation: &Invocation<'_>,
    allow_private: bool,
    row: &mut StatusRow,
) -> Option<Receiver<ProbeOutcome>> {
    // A provider accepts no request of a server.
    if row.sign_in.call.is_provider {
        return None;
    }
    let token = row.sign_in.call.sent(row.tokens.as_ref()?)?.clone();
    let credentials = match row.sign_in.credentials_from.resolve(&row.sign_in.call, invocation.env)
    {
        Ok(credentials) => credentials,
        Err(error) => {
            row.warnings.push(Diagnostic::of_warning(&error));
            return None;
        }
    };
    let mut headers = credentials.headers;
    headers.retain(|(name, _)| !name.eq_ignore_ascii_case("authorization"));
    headers.push(("Authorization".to_owned(), format!("Bearer {}", token.expose())));
    let (env, url) = (invocation.env.clone(), row.sign_in.call.url.clone());
    let (sender, receiver) = channel();
    // If a probe takes too long, it ends with the process.
    let config = HttpConfig::sign_in(allow_private, row.sign_in.call.allow_http);
    std::thread::spawn(move || match HttpClient::new(&env, &url, &config) {
        Ok(http) => {
            let headers = borrowed(&headers);
            probe_server(&http, &url, &headers, token.expose(), &sender)
        }
        Err(error) => drop(sender.send(unreachable(&url, error))),
    });
    Some(receiver)
}

// The sender lives until the session has ended, so that `wait` also waits for the end of the session.
fn probe_server(
    http: &HttpClient,
    url: &str,
    headers: &[(&str, &str)],
    token: &str,
    outcome: &Sender<ProbeOutcome>,
) {
    match initialize(http, url, headers) {
        Ok(response) => {
            outcome.send(interpret(url, &response, token)).ok();
            end_session(http, url, headers, &response);
        }
        Err(error) => drop(outcome.send(unreachable(url, error))),
    }
}

fn wait(outcome: &Receiver<ProbeOutcome>, end: Instant, url: &str) -> ProbeOutcome {
    let left = || end.saturating_duration_since(Instant::now());
    let result = outcome.recv_timeout(left());
    if result.is_ok() {
        outcome.recv_timeout(left()).ok();
    }
    result.unwrap_or_else(|error| {
        let why = match error {
            RecvTimeoutError::Timeout => format!("no response within {} s", TIMEOUT.as_secs()),
            RecvTimeoutError::Disconnected => "the probe failed".to_owned(),
        };
        let help = "check the network, and HTTPS_PROXY if you use a proxy";
        unreachable(url, HttpError::Unreachable { url: shown(url), why, help })
    })
}

fn interpret(url: &str, response: &StreamingResponse, token: &str) -> ProbeOutcome {
    let media = response.header("content-type").unwrap_or_default().to_ascii_lowercase();
    let speaks =
        ["application/json", "text/event-stream"].iter().any(|kind| media.starts_with(kind));
    match response.status {
        401 | 403 => (ProbeResult::Refused(code(response, token)), None),
        200..300 if speaks => (ProbeResult::Accepted, None),
        status => {
            let kind = if media.contains("html") { " and a web page" } else { "" };
            let warning =
                Diagnostic::warning(format!("`{}` responds with {status}{kind}", shown(url)))
                    .note("this response does not show whether the sign-in is usable")
                    .help("check the URL, or ask the server's owner");
            (ProbeResult::NoAnswer, Some(warning))
        }
    }
}

// Error codes are registered names. Anything else is not shown, because it could be the token.
fn code(response: &StreamingResponse, token: &str) -> Option<String> {
    let word = |code: &String| code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let code = Challenge::from_headers(response.header_values("www-authenticate")).error?;
    Some(code).filter(word).filter(|code| (1..=40).contains(&code.len()) && !code.contains(token))
}

// Do not show redirect targets, which the server chose.
fn unreachable(server: &str, error: HttpError) -> ProbeOutcome {
    let url = shown(server);
    let error = match error {
        HttpError::CrossOriginRedirect { .. } | HttpError::TooLong { .. } => {
            let warning = Diagnostic::warning(format!("`{url}` redirects to another origin"))
                .help("if the server has moved, declare its new URL");
            return (ProbeResult::NoAnswer, Some(warning));
        }
        HttpError::Unreachable { why, help, .. } => HttpError::Unreachable { url, why, help },
        HttpError::PrivateNetwork { address, .. } => HttpError::PrivateNetwork { url, address },
        HttpError::InvalidUrl { why, .. } => HttpError::InvalidUrl { url, why },
        HttpError::Proxy { name } => HttpError::Proxy { name },
        HttpError::Certificates { name, path } => HttpError::Certificates { name, path },
    };
    (ProbeResult::Unreachable, Some(Diagnostic::of_warning(&error)))
}
