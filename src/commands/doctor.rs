//! `doctor` finds out why clients do not share a sign-in. It starts no program and sends no request.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::report::Paint;
use super::{Done, Failure, Invocation, count, declared_clients, owners, print};
use crate::cli::{Doctor, Exit};
use crate::display::escaped;
use crate::doctor::{
    DoctorInput, Finding, Severity, diagnose, identity_providers, on_this_machine, other_files,
    unread,
};
use crate::ledger::{self, Ledger};
use crate::survey::{Project, survey};

const WIDTH: usize = 80;
// The width of the severity and the spaces around it.
const MARGIN: usize = 11;

pub fn run(invocation: &Invocation<'_>, flags: &Doctor) -> Done {
    let table = invocation.table()?;
    let project = invocation.project_to_read(&flags.project);
    let unread = unread(&table, invocation.env, &project);
    let project = Project::new(&project, flags.project.follow_links);
    let sections = survey(&table, &invocation.homes(&table), invocation.env, &project)
        .map_err(|error| Failure::error(&error))?;
    let sections = on_this_machine(sections, &declared_clients(invocation), invocation.env);
    let ledger = Ledger::load(&ledger::path(invocation.env));
    let input = DoctorInput::new((invocation.env, &invocation.suggest), &sections, &ledger);
    let mut found = diagnose(&input);
    found.extend(unread);
    found.extend(other_files(&table, invocation.env));
    found.sort();
    let declared = invocation.declaration_path().exists().then(|| invocation.model(&table));
    if let Some(Ok(model)) = &declared {
        found.extend(identity_providers(model, invocation.env, &invocation.suggest));
        found.sort();
    }
    if let Some(Err(failure)) = declared {
        if failure.is_usage() {
            return Err(failure);
        }
        let file = invocation.env.display(&invocation.declaration_path());
        let cause = format!("the declaration {file} has errors");
        let remedy = format!("list the errors with {}", invocation.suggest.mcpgen("check"));
        found.push(Finding::new(Severity::Broken, "declaration", cause, remedy));
        found.sort();
    }
    if let Ok(ledger) = &ledger {
        found.extend(owners::findings(invocation, ledger));
        found.sort();
    }
    if flags.json {
        print(&listed(&found))?;
    } else {
        print(&text(&input, &found, Paint(invocation.terminal.out)))?;
    }
    let broken = found.iter().any(|finding| finding.severity == Severity::Broken);
    Ok(if broken { Exit::Error } else { Exit::Done })
}

fn listed(found: &[Finding]) -> String {
    let row = |finding: &Finding| {
        let Finding { server, severity, code, cause, remedy } = finding;
        json!({
            "server": server,
            "severity": severity.word(),
            "code": code,
            "cause": cause,
            "remedy": remedy,
        })
    };
    let rows: Vec<_> = found.iter().map(row).collect();
    escaped(&serde_json::to_string_pretty(&rows).expect("plain data")) + "\n"
}

// Lists the findings of each server, then those of the machine.
fn text(input: &DoctorInput<'_>, found: &[Finding], paint: Paint) -> String {
    let mut groups: BTreeMap<(bool, &str), Vec<&Finding>> = BTreeMap::new();
    for finding in found {
        let server = finding.server.as_deref();
        groups
            .entry((server.is_none(), server.unwrap_or("this machine")))
            .or_default()
            .push(finding);
    }
    let mut out = String::new();
    for ((_, head), findings) in groups {
        out += &paint.wrap("1", &short(head));
        out += "\n";
        out.extend(findings.iter().map(|finding| lines(finding, paint)));
        out += "\n";
    }
    // Notes alone do not count as problems.
    let calm = found.iter().all(|finding| finding.severity == Severity::Note);
    let only_in_other_files =
        input.routes.is_empty() && found.iter().any(|finding| finding.code == "other-file");
    out + &if calm && !only_in_other_files { healthy(input) } else { summary(found) + "\n" }
}

fn lines(finding: &Finding, paint: Paint) -> String {
    let (word, colour) = match finding.severity {
        Severity::Broken => ("broken", "31"),
        Severity::Warning => ("warning", "33"),
        Severity::Note => ("note", "36"),
    };
    let gap = " ".repeat(MARGIN - 2 - word.len());
    let cause = wrapped(&finding.cause, MARGIN);
    let remedy = wrapped(&finding.remedy, MARGIN + 3);
    let head = paint.wrap(colour, word);
    format!("  {head}{gap}{cause}\n{}{} {remedy}\n", " ".repeat(MARGIN), paint.wrap("2", "->"))
}

// Wraps a string. A command stays on one line, so that it can be copied.
fn wrapped(text: &str, margin: usize) -> String {
    let mut out = String::new();
    let mut column = margin;
    for word in pieces(text) {
        let length = word.chars().count();
        if column > margin && column + 1 + length > WIDTH {
            out += "\n";
            out += &" ".repeat(margin);
            column = margin;
        } else if column > margin {
            out.push(' ');
            column += 1;
        }
        out += word;
        column += length;
    }
    out
}

// Splits a string at its spaces, except at those between backticks.
fn pieces(text: &str) -> Vec<&str> {
    let mut found = vec![];
    let (mut start, mut at) = (0, 0);
    while let Some(next) = text[at..].find([' ', '`']).map(|next| at + next) {
        at = next + 1;
        if text.as_bytes()[next] == b'`' {
            at += span(&text[at..]).unwrap_or(0);
        } else {
            found.push(&text[start..next]);
            start = at;
        }
    }
    found.push(&text[start..]);
    found
}

// Finds the backtick that closes a command. A backtick that the command quotes does not close it.
fn span(text: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\'' => quoted = !quoted,
            '\\' => escaped = !quoted,
            '`' if !quoted => return Some(at + 1),
            _ => {}
        }
    }
    None
}

fn short(head: &str) -> String {
    if head.chars().count() <= WIDTH {
        return head.to_owned();
    }
    head.chars().take(WIDTH - 1).chain(['…']).collect()
}

fn summary(found: &[Finding]) -> String {
    let of =
        |severity: Severity| found.iter().filter(|finding| finding.severity == severity).count();
    let (broken, warnings, notes) =
        (of(Severity::Broken), of(Severity::Warning), of(Severity::Note));
    let parts = [
        (broken, format!("{broken} broken")),
        (warnings, count(warnings, "warning")),
        (notes, count(notes, "note")),
    ];
    let said: Vec<String> =
        parts.into_iter().filter(|(number, _)| *number > 0).map(|(_, text)| text).collect();
    said.join(", ")
}

fn healthy(input: &DoctorInput<'_>) -> String {
    let clients: BTreeSet<&str> =
        input.routes.iter().map(|route| route.section.client.title.as_str()).collect();
    if input.routes.is_empty() {
        return "no client on this machine has an MCP server yet\n".to_owned();
    }
    let bridged = input.servers.iter().filter(|server| input.calls_to(server).len() > 1).count();
    let shared = match bridged {
        0 => String::new(),
        1 => ", and the one server that several clients reach through the bridge has one \
              sign-in"
            .to_owned(),
        more => format!(
            ", and each of the {more} servers that several clients reach through the \
             bridge has one sign-in"
        ),
    };
    // Counts an entry once if several clients read it.
    let entries: BTreeSet<_> = input
        .routes
        .iter()
        .map(|route| (&route.who, &route.section.path, &route.entry.name))
        .collect();
    let text = format!(
        "no problems in {} of {}{shared}",
        count(entries.len(), "entry").replace("entrys", "entries"),
        count(clients.len(), "client")
    );
    wrapped(&text, 0) + "\n"
}
