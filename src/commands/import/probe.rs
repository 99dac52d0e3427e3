//! `import --probe`: asks servers whether they require a sign-in.

use std::collections::BTreeSet;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use crate::auth::bridge_version::BridgeVersion;
use crate::auth::call::BridgeCall;
use crate::auth::discover::{DiscoverError, discover};
use crate::http::{HttpClient, HttpConfig};
use crate::import::{SignInAnswers, SignInNeed};
use crate::model::url::{self, UrlError};
use crate::paths::Environment;

// For all servers together.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Asks all servers at the same time.
pub fn ask(env: &Environment, urls: BTreeSet<String>) -> SignInAnswers {
    let end = Instant::now() + TIMEOUT;
    let (sender, receiver) = channel();
    for url in &urls {
        let (env, url, sender) = (env.clone(), url.clone(), sender.clone());
        // A server that responds too late is not waited for: its thread ends with the process.
        std::thread::spawn(move || {
            let need = need(&env, &url, end);
            sender.send((url, need)).ok();
        });
    }
    drop(sender);
    let mut answers = SignInAnswers::new();
    while let Ok((url, need)) = receiver.recv_timeout(end.saturating_duration_since(Instant::now()))
    {
        answers.insert(url, need);
    }
    for url in urls {
        let late = || SignInNeed::Unclear(format!("no response within {} s", TIMEOUT.as_secs()));
        answers.entry(url).or_insert_with(late);
    }
    answers
}

fn need(env: &Environment, url: &str, end: Instant) -> SignInNeed {
    let unclear = |error: &dyn std::fmt::Display| SignInNeed::Unclear(error.to_string());
    let allow_http = url::validate(url) == Err(UrlError::PlainHttp);
    let call = match BridgeCall::parse(&[url.to_owned()], BridgeVersion::NEWEST, &|_| None) {
        Ok(call) => call,
        Err(error) => return unclear(&error),
    };
    let http = match HttpClient::new(env, url, &HttpConfig::sign_in(false, allow_http)) {
        Ok(http) => http.until(end),
        Err(error) => return unclear(&error),
    };
    match discover(&http, &call, &[]) {
        Ok(_) => SignInNeed::Required,
        Err(DiscoverError::Open { .. }) => SignInNeed::NotRequired,
        Err(error) => unclear(&error),
    }
}
