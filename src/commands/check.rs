//! `check`: reports every error of the declaration, and with `--secrets` every secret that cannot be resolved.

use serde_json::json;

use super::exec::{SecretLookup, look_up};
use super::{
    Done, Failure, Invocation, columns, count, eprint_diagnostics, eprint_text, pick, print, report,
};
use crate::cli::{CheckFlags, Exit};
use crate::diagnostic::Diagnostic;
use crate::display::{escaped, printable};
use crate::launch::Launcher;
use crate::model::Model;
use crate::render::{Rendered, UnpassedSecret, render};

pub fn run(invocation: &Invocation<'_>, flags: &CheckFlags) -> Done {
    let table = invocation.table()?;
    let mut model = invocation.model(&table)?;
    // Installed programs are not checked: a build sandbox has none.
    model.launch.absolute = false;
    let launcher = invocation.launcher(&model, invocation.env, None)?;
    let clients = pick(invocation, &[], &model.clients, &table)?;
    let (mut rendered, mut errors) = (vec![], vec![]);
    for client in clients {
        match render(&model, &launcher, client) {
            Ok(entries) => rendered.push(entries),
            Err(error) => errors.push(invocation.unrendered(&error)),
        }
    }
    errors.sort_by_key(Diagnostic::offset);
    if !errors.is_empty() {
        return Err(errors.into());
    }
    if flags.secrets {
        return secrets(invocation, &model, &rendered, flags.json);
    }
    eprint_diagnostics(&model.unused_sets, invocation.terminal);
    if invocation.terminal.person {
        eprint_text(&report::excluded::note(&model.excluded));
        let (servers, clients) = (model.servers.len(), model.clients.len());
        eprint_text(&format!(
            "{} and {}, no errors\n",
            count(servers, "server"),
            count(clients, "client")
        ));
    }
    Ok(Exit::Done)
}

fn secrets(
    invocation: &Invocation<'_>,
    model: &Model,
    rendered: &[Rendered<'_>],
    json: bool,
) -> Done {
    let launcher = Launcher::for_start(&model.launch, invocation.env);
    let required = model.servers.iter().flat_map(|server| {
        let secrets = launcher.start(server).secrets;
        secrets.into_iter().map(|secret| (server.name.as_str(), secret))
    });
    let lookups = look_up(required.collect(), invocation.env, model.launch.secret_timeout);
    if lookups.is_empty() && !json {
        eprint_text("no server needs a secret\n");
        return Ok(Exit::Done);
    }
    print(&if json { to_json(&lookups, rendered) } else { table(&lookups) })?;
    let (mut warnings, mut errors) = (vec![], vec![]);
    for one in lookups {
        warnings.extend(one.warning(invocation));
        errors.extend(one.secret.err());
    }
    errors.extend(report::unpassed::diagnostics(rendered.iter(), Diagnostic::error));
    eprint_diagnostics(&warnings, invocation.terminal);
    if errors.is_empty() { Ok(Exit::Done) } else { Err(Failure::from(errors)) }
}

fn table(lookups: &[SecretLookup<'_>]) -> String {
    let row = |one: &SecretLookup<'_>| {
        let word = if one.secret.is_ok() { "ok" } else { "missing" };
        [word, one.server, one.required.name, &one.required.reference.to_string()].map(printable)
    };
    columns(["", "SERVER", "SECRET", "REFERENCE"], lookups.iter().map(row).collect())
}

fn to_json(lookups: &[SecretLookup<'_>], rendered: &[Rendered<'_>]) -> String {
    let unresolved = |one: &SecretLookup<'_>| -> Vec<&str> {
        let is = |unpassed: &UnpassedSecret<'_>| {
            unpassed.server == one.server && unpassed.variable.secret == one.required.name
        };
        let clients = rendered.iter().filter(|entries| entries.unpassed.iter().any(is));
        clients.map(|entries| entries.client.name.as_str()).collect()
    };
    let row = |one: &SecretLookup<'_>| {
        json!({
            "server": one.server,
            "name": one.required.name,
            "reference": one.required.reference.to_string(),
            "found": one.secret.is_ok(),
            "unresolved_in": unresolved(one),
        })
    };
    let rows: Vec<_> = lookups.iter().map(row).collect();
    escaped(&serde_json::to_string_pretty(&rows).expect("plain data")) + "\n"
}
