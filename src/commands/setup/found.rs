//! What `setup` finds in the clients' files: the servers that are not declared, and how the clients sign in to them.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::super::import::{ImportRun, import_sections, probe};
use super::super::{Failure, count, eprint_text, in_files};
use super::SetupRun;
use crate::display::{clean, first_names, list};
use crate::import::{ChosenVersions, SecretPolicy, SignInAnswers, SignInNeed};
use crate::ledger::{self, Ledger};
use crate::overview::{
    ClientEvidence, ClientWay, OverviewInput, ServerOverview, SignInUse, TokenPlace, overview,
};
use crate::survey::FoundSection;

/// The entries that are not declared.
pub struct Found<'t> {
    /// The sections, with only these entries.
    pub sections: Vec<FoundSection<'t>>,
    /// What the servers say about sign-ins.
    pub answers: SignInAnswers,
    /// What an import would make of the entries.
    pub preview: ImportRun,
    /// The names of the servers that require a sign-in and whose entries do not have a shared one.
    pub separate: Vec<String>,
    /// What is to be said about the servers.
    pub lines: Vec<String>,
}

/// Reads the clients' files, and asks the servers whether they require a sign-in.
///
/// # Errors
/// Fails if the clients' files cannot be found.
pub fn find<'t>(session: &SetupRun<'t>) -> Result<Found<'t>, Failure> {
    let invocation = session.invocation;
    let mut sections = in_files::sections(invocation, session.table)?;
    keep_undeclared(session, &mut sections);
    let answers = RefCell::new(SignInAnswers::new());
    let ask = |urls: BTreeSet<String>| {
        if session.flags.no_probe {
            return SignInAnswers::new();
        }
        let servers = count(urls.len(), "server");
        eprint_text(&format!("asking {servers} whether a sign-in is required …\n"));
        let found = probe::ask(invocation.env, urls);
        answers.replace(found.clone());
        found
    };
    let choices = (SecretPolicy::Ask, &ChosenVersions::new());
    let preview = import_sections(invocation, session.table, &sections, choices, &ask);
    let answers = answers.into_inner();
    let declaration = invocation.declaration_path();
    let servers = overview(&OverviewInput {
        env: invocation.env,
        declaration: &declaration,
        table: session.table,
        model: None,
        sections: &sections,
        ledger: None,
    });
    let needs =
        |server: &&ServerOverview<'_>| need(server, &answers) == Some(&SignInNeed::Required);
    let separate = servers.iter().filter(needs).map(|server| clean(&server.name)).collect();
    let lines = lines(&servers, &answers);
    drop(servers);
    Ok(Found { sections, answers, preview, separate, lines })
}

// Removes the entries of declared servers from the sections.
fn keep_undeclared(session: &SetupRun<'_>, sections: &mut [FoundSection<'_>]) {
    let invocation = session.invocation;
    if session.is_undeclared() {
        return;
    }
    let Ok(model) = invocation.model(session.table) else { return };
    let ledger = Ledger::load(&ledger::path(invocation.env)).ok();
    let declaration = invocation.declaration_path();
    let servers = overview(&OverviewInput {
        env: invocation.env,
        declaration: &declaration,
        table: session.table,
        model: Some(&model),
        sections,
        ledger: ledger.as_ref(),
    });
    let declared = servers.iter().filter(|server| server.declared.is_some());
    let place = |way: &ClientWay<'_>| {
        let section = way.section?;
        Some((section.path.clone(), section.scope.clone(), way.entry?.to_owned()))
    };
    let known: BTreeSet<_> = declared.flat_map(|server| &server.ways).filter_map(place).collect();
    drop(servers);
    for section in sections {
        let (path, scope) = (section.path.clone(), section.scope.clone());
        if let Ok(entries) = &mut section.entries {
            entries.retain(|it| !known.contains(&(path.clone(), scope.clone(), it.name.clone())));
        }
    }
}

fn need<'a>(server: &ServerOverview<'_>, answers: &'a SignInAnswers) -> Option<&'a SignInNeed> {
    answers.iter().find(|(url, _)| server.has_url(url)).map(|(_, need)| need)
}

// One line for each server about whose sign-in or secret there is something to say, and one for all others.
fn lines(servers: &[ServerOverview<'_>], answers: &SignInAnswers) -> Vec<String> {
    let mut lines = vec![];
    let mut others = vec![];
    for server in servers {
        let name = clean(&server.name);
        match about(server, need(server, answers)) {
            Some(about) => lines.push(format!("{name}: {about}")),
            None => others.push(name),
        }
    }
    if !others.is_empty() {
        let also = if lines.is_empty() { "" } else { "also " };
        lines.push(format!("{also}{}", first_names(others.iter().map(String::as_str))));
    }
    lines
}

fn about(server: &ServerOverview<'_>, need: Option<&SignInNeed>) -> Option<String> {
    let titles = |wanted: &dyn Fn(&SignInUse) -> bool| -> Vec<String> {
        let ways = server.ways.iter().filter(|way| way.state.is_active() && wanted(&way.sign_in));
        ways.map(|way| clean(&way.client.title)).collect::<BTreeSet<_>>().into_iter().collect()
    };
    let tokens = titles(&|used| *used == SignInUse::Token(TokenPlace::File));
    if !tokens.is_empty() {
        return Some(format!("a secret is in the file of {}", joined(&tokens)));
    }
    let own = titles(&|used| matches!(used, SignInUse::Client(_)));
    let found = !titles(&|used| *used == SignInUse::Client(ClientEvidence::Found)).is_empty();
    let bridges = titles(&|used| matches!(used, SignInUse::Cache(_)));
    match need {
        Some(SignInNeed::NotRequired) => return None,
        Some(SignInNeed::Unclear(_)) => {
            return Some(format!(
                "in {}; it may require a sign-in",
                joined(&[own, bridges].concat())
            ));
        }
        Some(SignInNeed::Required) | None => {}
    }
    let required = need.is_some() || found;
    let verb = |own: &[String]| match (own.len(), found) {
        (1, true) => "has a sign-in of its own",
        (1, false) => "needs a sign-in of its own",
        (_, true) => "each have a sign-in of their own",
        (_, false) => "each need a sign-in of their own",
    };
    match (own.is_empty(), bridges.is_empty()) {
        (false, true) if required => Some(format!("{} {}", joined(&own), verb(&own))),
        (false, false) => Some(format!(
            "{} {}, and {} can use the shared one",
            joined(&own),
            verb(&own),
            joined(&bridges)
        )),
        (true, false) if server.is_split() => {
            Some(format!("{} do not share their sign-ins", joined(&bridges)))
        }
        (true, false) => Some(format!("the shared sign-in, in {}", joined(&bridges))),
        (false, true) | (true, true) => None,
    }
}

fn joined(titles: &[String]) -> String {
    list(&titles.iter().map(String::as_str).collect::<Vec<_>>())
}
