//! Finds out whether an added server requires a sign-in.

use std::collections::BTreeSet;

use crate::cli::Add;
use crate::commands::import::probe::ask;
use crate::commands::{Invocation, eprint_diagnostics};
use crate::declaration::server_table::{urls_without_auth, with_oauth};
use crate::diagnostic::Diagnostic;
use crate::http::shown;
use crate::import::SignInNeed;

/// Asks the servers in the tables, and adds `auth = "oauth"` if they require it.
pub fn declare(invocation: &Invocation<'_>, flags: &Add, tables: String) -> String {
    let urls: BTreeSet<String> = urls_without_auth(&tables).into_iter().collect();
    if flags.no_probe || urls.is_empty() {
        return tables;
    }
    let (mut required, mut warnings) = (vec![], vec![]);
    for (url, need) in ask(invocation.env, urls) {
        match need {
            SignInNeed::Required => required.push(url),
            SignInNeed::NotRequired => {}
            SignInNeed::Unclear(why) => warnings.push(
                Diagnostic::warning(format!("`{}` may require a sign-in", shown(&url)))
                    .note(why)
                    .help("if it does, add to the server: auth = \"oauth\""),
            ),
        }
    }
    eprint_diagnostics(&warnings, invocation.terminal);
    match required.is_empty() {
        true => tables,
        false => with_oauth(&tables, &required).unwrap_or(tables),
    }
}
