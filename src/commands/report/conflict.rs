//! Entries that a plan cannot write, because mcpgen did not write the entries in the files. The report has one block
//! for each reason.

use std::collections::{BTreeMap, BTreeSet};

use super::losses;
use crate::apply::target::Prepared;
use crate::commands::{Invocation, count};
use crate::diagnostic::Diagnostic;
use crate::display::list;
use crate::suggest::ShellCommand;

/// The reason for a conflict. Conflicts with the same reason are reported together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum ConflictReason {
    /// Nobody's record has the entry.
    Foreign,
    /// Other owners have the entry.
    Owned(Vec<String>),
    /// The client reads another file too, which has the entry.
    Layer { client: String, file: String, main: String },
    /// The entry is in `replaces` of a server.
    Replaced(Vec<String>),
}

/// An entry that is in the way of a server.
struct ConflictingEntry {
    name: String,
    // The server for which the entry is adopted.
    server: String,
    file: String,
    losses: Option<String>,
}

/// The command to type: for one entry, or for all.
pub type Again<'a> = dyn Fn(Option<&str>) -> ShellCommand + 'a;

/// Describes the conflicts of a plan.
pub fn conflicts(
    invocation: &Invocation<'_>,
    targets: &[&Prepared<'_>],
    again: &Again<'_>,
) -> Vec<Diagnostic> {
    let mut groups: BTreeMap<ConflictReason, Vec<ConflictingEntry>> = BTreeMap::new();
    for target in targets {
        for name in target.plan.conflicts() {
            let (reason, entry) = found(invocation, name, target);
            groups.entry(reason).or_default().push(entry);
        }
    }
    let is_home_manager = invocation.env.planned_links().is_some();
    let remedy = ConflictRemedy { invocation, again, is_home_manager };
    groups.iter().map(|(reason, entries)| described(reason, entries, &remedy)).collect()
}

fn found(
    invocation: &Invocation<'_>,
    name: &str,
    target: &Prepared<'_>,
) -> (ConflictReason, ConflictingEntry) {
    let file = invocation.env.display(target.job.path());
    let owners: Vec<String> =
        target.others.names(name).iter().map(|owner| format!("`{owner}`")).collect();
    let by = target.job.rendered.replaces.get(name);
    let reason = match (&target.job.layer_of, by, owners.as_slice()) {
        (Some(main), ..) => ConflictReason::Layer {
            client: target.job.client().title.clone(),
            file: file.clone(),
            main: invocation.env.display(main),
        },
        (None, Some(_), _) => ConflictReason::Replaced(owners),
        (None, None, []) => ConflictReason::Foreign,
        (None, None, _) => ConflictReason::Owned(owners),
    };
    let losses = target.plan.losses.get(name).map(|losses| losses::fields(losses));
    let server = match reason {
        ConflictReason::Replaced(_) => by.map_or(name, String::as_str),
        ConflictReason::Foreign | ConflictReason::Owned(_) | ConflictReason::Layer { .. } => name,
    };
    (reason, ConflictingEntry { name: name.to_owned(), server: server.to_owned(), file, losses })
}

/// The help for conflicts. Under home-manager, the user changes options.
struct ConflictRemedy<'a> {
    invocation: &'a Invocation<'a>,
    again: &'a Again<'a>,
    is_home_manager: bool,
}

impl ConflictRemedy<'_> {
    fn adopt(&self, what: &str, entries: &[ConflictingEntry]) -> String {
        let servers: BTreeSet<&str> = entries.iter().map(|entry| entry.server.as_str()).collect();
        let first = servers.first().copied().unwrap_or_default();
        let (noun, all) =
            if entries.len() == 1 { ("entry", "entry") } else { ("entries", "entries") };
        if self.is_home_manager {
            let names: Vec<String> = servers.iter().map(|name| format!("{name:?}")).collect();
            return format!(
                "to {what} the {all}: `programs.mcpgen.adopt = [ {} ];`",
                names.join(" ")
            );
        }
        let one = (self.again)(Some(first));
        if servers.len() == 1 {
            return format!("to {what} the {noun}, run {one}");
        }
        format!("to {what} all of them, run {}; only `{first}`: {one}", (self.again)(None))
    }

    // Says how to adopt the entries, and how to restore them afterwards.
    fn undoable(&self, what: &str, entries: &[ConflictingEntry]) -> String {
        let undo = self.invocation.suggest.undeclared("undo");
        let verb = if entries.len() == 1 { "restores it" } else { "restores them" };
        format!("{}; {undo} {verb}", self.adopt(what, entries))
    }

    fn servers(&self) -> &'static str {
        if self.is_home_manager { "`programs.mcpgen.servers`" } else { "mcp.toml" }
    }
}

fn described(
    reason: &ConflictReason,
    entries: &[ConflictingEntry],
    remedy: &ConflictRemedy<'_>,
) -> Diagnostic {
    let fault = Diagnostic::error(title(reason, entries));
    let fault = match reason {
        ConflictReason::Layer { main, .. } => {
            fault.note(format!("the file with the entry of mcpgen is {main}"))
        }
        ConflictReason::Owned(owners) => owned_by(fault, owners),
        ConflictReason::Replaced(owners) if !owners.is_empty() => owned_by(fault, owners).note(
            "if the declaration of another owner still has an entry, its next apply adds the entry again",
        ),
        ConflictReason::Foreign | ConflictReason::Replaced(_) => fault,
    };
    let (verb, what) = match reason {
        ConflictReason::Layer { .. } | ConflictReason::Replaced(_) => ("removing", "remove"),
        ConflictReason::Foreign | ConflictReason::Owned(_) => ("adopting", "replace"),
    };
    let fault = listed(with_losses(fault, verb, entries), entries);
    let fault = fault.help(remedy.undoable(what, entries));
    let plural = if entries.len() == 1 { "" } else { "s" };
    fault.help(match reason {
        ConflictReason::Replaced(_) => {
            format!("or remove the name{plural} from `replaces` in {}", remedy.servers())
        }
        ConflictReason::Foreign | ConflictReason::Owned(_) | ConflictReason::Layer { .. } => {
            format!("or rename the server{plural} in {}", remedy.servers())
        }
    })
}

fn title(reason: &ConflictReason, entries: &[ConflictingEntry]) -> String {
    let files: BTreeSet<&str> = entries.iter().map(|entry| entry.file.as_str()).collect();
    let (several, files) = (entries.len(), count(files.len(), "file"));
    match (reason, entries) {
        (ConflictReason::Layer { client, .. }, [one]) => {
            format!(
                "{client} reads `{}` from this file too, which would change mcpgen's entry",
                one.name
            )
        }
        (ConflictReason::Layer { client, .. }, _) => format!(
            "{client} reads {several} entries from this file too, which would change mcpgen's entries"
        ),
        (ConflictReason::Replaced(_), [one]) => format!(
            "`{}` is still in the file, and the server `{}` replaces this entry",
            one.name, one.server
        ),
        (ConflictReason::Replaced(_), _) => {
            format!("{several} entries in {files} are in the `replaces` of a server")
        }
        (ConflictReason::Foreign, [one]) => {
            format!("the file already has an entry `{}` that mcpgen did not write", one.name)
        }
        (ConflictReason::Foreign, _) => format!(
            "{several} entries in {files} have the name of a declared server, and mcpgen did not write them"
        ),
        (ConflictReason::Owned(owners), _) => {
            let whose = if owners.len() == 1 { "another owner" } else { "other owners" };
            match entries {
                [one] => {
                    format!("the file already has an entry `{}` that belongs to {whose}", one.name)
                }
                _ => format!("{several} entries in {files} belong to {whose}"),
            }
        }
    }
}

// Lists the entries of the files. Files with the same entries are listed together.
fn listed(fault: Diagnostic, entries: &[ConflictingEntry]) -> Diagnostic {
    let mut files: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    entries.iter().for_each(|entry| files.entry(&entry.file).or_default().push(&entry.name));
    let mut alike: BTreeMap<Vec<&str>, Vec<&str>> = BTreeMap::new();
    files.iter().for_each(|(file, names)| alike.entry(names.clone()).or_default().push(file));
    match entries {
        [one] => fault.in_file(one.file.as_str(), None),
        _ => alike.iter().fold(fault, |fault, (names, files)| {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            fault.note(format!("{} in {}", list(&names), list(files)))
        }),
    }
}

// Entries that would lose the same fields are named together.
fn with_losses(fault: Diagnostic, verb: &str, entries: &[ConflictingEntry]) -> Diagnostic {
    let mut alike: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for entry in entries {
        if let Some(losses) = &entry.losses {
            alike.entry(losses).or_default().insert(&entry.name);
        }
    }
    alike.into_iter().fold(fault, |fault, (losses, names)| match entries {
        [_] => fault.note(format!("{verb} it would remove {losses} of this entry")),
        _ => {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            fault.note(format!("{verb} {} would remove {losses}", list(&names)))
        }
    })
}

fn owned_by(fault: Diagnostic, owners: &[String]) -> Diagnostic {
    let names: Vec<&str> = owners.iter().map(String::as_str).collect();
    let verb = if names.len() == 1 { "owner is" } else { "owners are" };
    fault.note(format!("the {verb} {}", list(&names)))
}
