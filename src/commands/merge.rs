//! `merge`: a filter from stdin to stdout, for chezmoi's `modify_` scripts and similar tools.
//!
//! Like `apply`, it follows the truth table. Its output may never be written to the file, so the ledger records the
//! entries as pending: an entry that is later found in the file belongs to mcpgen, and an entry that is not found has
//! no owner.

use std::io::{Read as _, Write as _};

use camino::Utf8PathBuf;

use super::planned::{Ownership, target_fault};
use super::records::{load, lock};
use super::{Done, Failure, Invocation, eprint_diagnostics, pick, report};
use crate::apply::After;
use crate::apply::job::TargetJob;
use crate::apply::target::{Prepared, prepare_bytes};
use crate::cli::{Exit, Merge};
use crate::client::ClientTable;
use crate::diagnostic::Diagnostic;
use crate::fs::Location;
use crate::ledger;
use crate::plan::Adopt;
use crate::render::{Rendered, render};
use crate::suggest::ShellCommand;

pub fn run(invocation: &Invocation<'_>, flags: &Merge) -> Done {
    let table = invocation.table()?;
    let Some((rendered, home)) = rendered(invocation, flags, &table)? else {
        return Ok(Exit::Done);
    };
    let path = rendered.client.path(invocation.env).map_err(|error| Failure::error(&error))?;
    let location = Location::unresolved(&path.unwrap_or_default());
    let (project, layer_of, shared) = (None, None, vec![]);
    let job = TargetJob { location, project, home, layer_of, rendered, shared };
    let mut input = vec![];
    std::io::stdin().lock().read_to_end(&mut input)?;
    let before = (!input.trim_ascii().is_empty()).then(|| input.clone());
    let _lock = lock(invocation)?;
    let mut ledger = load(invocation)?;
    let ownership = ownership(invocation, flags);
    let prepared = prepare_bytes(job, before, &ledger, &ownership.terms()).map_err(|error| {
        Failure::from(target_fault(invocation, &error, "<stdin>".into(), "<stdin>"))
    })?;
    let conflicts = conflicts(invocation, flags, &prepared);
    if !conflicts.is_empty() {
        eprint_diagnostics(&conflicts, invocation.terminal);
        return Ok(Exit::Conflict);
    }
    let row = if prepared.plan.is_change() { prepared.pending() } else { prepared.settled() };
    if ledger.set(&ownership.owner, prepared.job.path(), row) {
        ledger.save(&ledger::path(invocation.env)).map_err(|error| Failure::error(&error))?;
    }
    let mut out = std::io::stdout().lock();
    out.write_all(match &prepared.after {
        After::Unchanged => &input,
        After::Write(bytes) => bytes,
        After::Delete => &[],
    })?;
    out.flush()?;
    Ok(Exit::Done)
}

// Returns the desired entries, and the home in the declaration that the client's environment variable names.
fn rendered<'t>(
    invocation: &Invocation<'_>,
    flags: &Merge,
    table: &'t ClientTable,
) -> Result<Option<(Rendered<'t>, Option<Utf8PathBuf>)>, Failure> {
    let model = invocation.model(table)?;
    let launcher = invocation.launcher(&model, invocation.env, None)?;
    let named = std::slice::from_ref(&flags.client);
    let Some(client) = pick(invocation, named, &model.clients, table)?.into_iter().next() else {
        return Ok(None);
    };
    let mut rendered =
        render(&model, &launcher, client).map_err(|error| invocation.unrendered(&error))?;
    rendered.entries.retain(|(name, _)| !flags.remove.contains(name));
    rendered.disabled.retain(|name, _| !flags.remove.contains(name));
    // An entry to remove is recorded as replaced by a server of the same name, which has no entry any more.
    rendered.replaces.extend(flags.remove.iter().map(|name| (name.clone(), name.clone())));
    Ok(Some((rendered, model.homes.current(client, invocation.env))))
}

fn ownership(invocation: &Invocation<'_>, flags: &Merge) -> Ownership {
    let mut ownership =
        Ownership::new(invocation, flags.owner.as_ref(), &flags.adopt, flags.adopt_all);
    let removed = flags.remove.iter().cloned();
    match &mut ownership.adopt {
        Adopt::All => {}
        Adopt::Names(names) => names.extend(removed),
        Adopt::None => ownership.adopt = Adopt::Names(removed.collect()),
    }
    ownership
}

fn conflicts(
    invocation: &Invocation<'_>,
    flags: &Merge,
    prepared: &Prepared<'_>,
) -> Vec<Diagnostic> {
    let again = |name: Option<&str>| again(invocation, flags, name);
    report::conflict::conflicts(invocation, &[prepared], &again)
}

fn again(invocation: &Invocation<'_>, flags: &Merge, name: Option<&str>) -> ShellCommand {
    let command = match name {
        Some(name) => {
            let adopted = flags.adopt.iter().map(String::as_str).chain([name]);
            let command = invocation.suggest.mcpgen("merge");
            adopted.fold(command, |command, name| command.option("--adopt", name))
        }
        None => invocation.suggest.mcpgen("merge --adopt-all"),
    };
    let command =
        flags.remove.iter().fold(command, |command, name| command.option("--remove", name));
    let owner = flags.owner.iter();
    owner.fold(command, |command, owner| command.option("--owner", owner)).operand(&flags.client)
}
