//! Says why a server was not verified, and what to type next.

use std::collections::BTreeSet;

use super::table::{all_clients, titles};
use crate::cli::{LONGEST_TIMEOUT, Verify};
use crate::commands::{Invocation, client_names};
use crate::diagnostic::Diagnostic;
use crate::model::{Reach, Server};
use crate::verify::{DistinctLaunch, Unverified, VerifyError, VerifyResult};

/// Returns the errors. Launches of a server that fail in the same way have one error.
pub fn diagnostics(
    invocation: &Invocation<'_>,
    flags: &Verify,
    pairs: &[(&DistinctLaunch<'_>, &VerifyResult)],
) -> Vec<Diagnostic> {
    let mut failures: Vec<ServerFailure<'_>> = vec![];
    for (launch, result) in pairs {
        let Some(Err(unverified)) = result else { continue };
        let (server, titles) = (launch.server, titles(launch));
        let known = failures.iter_mut().find(|failure| {
            failure.server.name == server.name && failure.unverified.error == unverified.error
        });
        match known {
            Some(failure) => failure.titles.extend(titles),
            None => failures.push(ServerFailure { server, unverified, titles }),
        }
    }
    let diagnostic = |failure: &ServerFailure<'_>| {
        failure.diagnostic(invocation, flags, &all_clients(&failure.server.name, pairs))
    };
    failures.iter().map(diagnostic).collect()
}

/// How a server failed, and for which clients.
struct ServerFailure<'l> {
    server: &'l Server,
    unverified: &'l Unverified,
    titles: BTreeSet<String>,
}

impl ServerFailure<'_> {
    fn diagnostic(
        &self,
        invocation: &Invocation<'_>,
        flags: &Verify,
        all: &BTreeSet<String>,
    ) -> Diagnostic {
        let Self { server, unverified, titles } = self;
        let error = &unverified.error;
        let mut diagnostic = Diagnostic::error(format!("cannot verify `{}`: {error}", server.name));
        if titles.len() < server.clients.len() {
            let clients = client_names::words(titles, all);
            diagnostic.add_note(format!("started as {clients} would start it"));
        }
        if let Some(line) = unverified.stderr.as_ref().filter(|line| adds_to(error, line)) {
            diagnostic.add_note(format!("its standard error stream says: {line}"));
        }
        if let VerifyError::NotStarted(error) = error {
            return diagnostic.explained_by(error);
        }
        diagnostic.help(help(invocation, flags, server, error))
    }
}

// The native bridge writes the same error to both of its streams.
fn adds_to(error: &VerifyError, line: &str) -> bool {
    match error {
        VerifyError::SignIn => false,
        VerifyError::Rejected { method: _, message } => {
            message.is_empty() || !(line.contains(message) || message.contains(line))
        }
        VerifyError::NotStarted(_)
        | VerifyError::Ended(_)
        | VerifyError::TimedOut { .. }
        | VerifyError::Malformed { .. }
        | VerifyError::Stopped => true,
    }
}

fn help(
    invocation: &Invocation<'_>,
    flags: &Verify,
    server: &Server,
    error: &VerifyError,
) -> String {
    let suggest = &invocation.suggest;
    match error {
        VerifyError::SignIn if server.is_oauth() => {
            format!("sign in with {}", suggest.mcpgen("login").operand(&server.name))
        }
        VerifyError::SignIn if matches!(server.reach, Reach::Local(_)) => {
            "declare the `url` of the server and `auth = \"oauth\"`".to_owned()
        }
        VerifyError::SignIn => "declare the server with `auth = \"oauth\"`".to_owned(),
        VerifyError::TimedOut { .. } if flags.timeout < LONGEST_TIMEOUT => {
            let longer = (flags.timeout * 3).min(LONGEST_TIMEOUT).to_string();
            let again = suggest.mcpgen("verify").option("--timeout", &longer);
            let clients = flags.clients.iter();
            let again = clients.fold(again, |again, client| again.option("--client", client));
            let again = again.operand(&server.name);
            format!("check `command` and `args`; if the server is only slow: {again}")
        }
        VerifyError::NotStarted(_)
        | VerifyError::TimedOut { .. }
        | VerifyError::Ended(_)
        | VerifyError::Rejected { .. }
        | VerifyError::Malformed { .. }
        | VerifyError::Stopped => {
            let exec = suggest.mcpgen("exec").operand(&server.name);
            format!("see everything that it writes with {exec}")
        }
    }
}
