//! The results as a table, for people.

use std::collections::BTreeSet;

use crate::commands::columns::{Cell, Columns};
use crate::commands::report::Paint;
use crate::commands::{Invocation, client_names};
use crate::display::clean;
use crate::verify::{DistinctLaunch, LaunchSignIn, VerifyError, VerifyResult};

const HEAD: [&str; 6] = ["SERVER", "RESULT", "TOOLS", "TIME", "SIGN-IN", "CLIENTS"];
// The characters of a cache key that are shown.
const KEY: usize = 8;

/// Returns the table.
pub fn text(invocation: &Invocation<'_>, pairs: &[(&DistinctLaunch<'_>, &VerifyResult)]) -> String {
    let paint = Paint(invocation.terminal.out);
    let mut columns = Columns::new(HEAD, paint);
    let mut last = "";
    for (launch, result) in pairs {
        let name = launch.server.name.as_str();
        let shown = if name == last { "" } else { name };
        last = name;
        let (word, colour) = word(result);
        let (tools, took) = match result {
            Some(Ok(verified)) => {
                (verified.tools.to_string(), format!("{:.1} s", verified.took.as_secs_f64()))
            }
            Some(Err(_)) | None => ("-".to_owned(), "-".to_owned()),
        };
        columns.row([
            Cell::words(shown).painted("1"),
            Cell::words(word).painted(colour),
            Cell::words(&tools),
            Cell::words(&took),
            Cell::words(&sign_in(launch)),
            client_names::cell(&titles(launch), &all_clients(name, pairs)),
        ]);
    }
    columns.text(invocation.width())
}

fn word(result: &VerifyResult) -> (&'static str, &'static str) {
    match result {
        None => ("not verified", "33"),
        Some(Ok(_)) => ("ok", "32"),
        Some(Err(unverified)) => match unverified.error {
            VerifyError::SignIn => ("sign in", "33"),
            VerifyError::TimedOut { .. } => ("timeout", "31"),
            VerifyError::NotStarted(_)
            | VerifyError::Ended(_)
            | VerifyError::Rejected { .. }
            | VerifyError::Malformed { .. }
            | VerifyError::Stopped => ("failed", "31"),
        },
    }
}

fn sign_in(launch: &DistinctLaunch<'_>) -> String {
    match &launch.sign_in {
        LaunchSignIn::Cache(stored) => {
            format!("key {}…", stored.files.key().as_str().get(..KEY).unwrap_or_default())
        }
        LaunchSignIn::Client => "the client's own".to_owned(),
        LaunchSignIn::References(references) => clean(&references.join(", ")),
        LaunchSignIn::None => "none".to_owned(),
    }
}

/// Returns the clients that start a server, in any way.
pub fn all_clients(
    server: &str,
    pairs: &[(&DistinctLaunch<'_>, &VerifyResult)],
) -> BTreeSet<String> {
    let launches = pairs.iter().filter(|(launch, _)| launch.server.name == server);
    launches.flat_map(|(launch, _)| titles(launch)).collect()
}

/// Returns the clients that start a server in this way.
pub fn titles(launch: &DistinctLaunch<'_>) -> BTreeSet<String> {
    launch.clients.iter().map(|client| clean(&client.title)).collect()
}
