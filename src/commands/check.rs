//! `check`: every fault of the declaration, and with `--secrets` every reference that leads nowhere.

use serde_json::json;

use super::exec::{SecretLookup, look};
use super::{Done, Failure, Rim, columns, count, pick, print, say, tell};
use crate::cli::{CheckFlags, Exit};
use crate::diagnostic::{Diagnostic, printable};
use crate::launch::Launcher;
use crate::model::Model;

pub fn run(rim: &Rim<'_>, flags: &CheckFlags) -> Done {
    let table = rim.table()?;
    let mut model = rim.model(&table)?;
    // Whether a program is there is the machine's business, and a build sandbox has none of them.
    model.launch.absolute = false;
    let launcher = rim.launcher(&model, rim.env, None)?;
    let clients = pick(rim, &[], &model.clients, &table)?;
    let failed =
        clients.iter().filter_map(|client| crate::render::render(&model, &launcher, client).err());
    let mut faults: Vec<Diagnostic> = failed.map(|error| rim.unrendered(&error)).collect();
    faults.sort_by_key(Diagnostic::offset);
    if !faults.is_empty() {
        return Err(faults.into());
    }
    if flags.secrets {
        return secrets(rim, &model, flags.json);
    }
    if rim.terminal.person {
        let (servers, clients) = (model.servers.len(), model.clients.len());
        tell(&format!(
            "{} and {}, no faults\n",
            count(servers, "server"),
            count(clients, "client")
        ));
    }
    Ok(Exit::Done)
}

fn secrets(rim: &Rim<'_>, model: &Model, json: bool) -> Done {
    let launcher = Launcher::for_start(&model.launch, rim.env);
    let wanted = model.servers.iter().flat_map(|server| {
        let wanted = launcher.start(server).wanted;
        wanted.into_iter().map(|wanted| (server.name.as_str(), wanted))
    });
    let looked = look(wanted.collect(), rim.env, model.launch.secret_timeout);
    if looked.is_empty() && !json {
        tell("no server needs a secret\n");
        return Ok(Exit::Done);
    }
    print(&if json { listed(&looked) } else { table(&looked) })?;
    let (mut warnings, mut faults) = (vec![], vec![]);
    for one in looked {
        warnings.extend(one.warning(rim));
        faults.extend(one.secret.err());
    }
    say(&warnings, rim.terminal);
    if faults.is_empty() { Ok(Exit::Done) } else { Err(Failure::from(faults)) }
}

fn table(looked: &[SecretLookup<'_>]) -> String {
    let row = |one: &SecretLookup<'_>| {
        let word = if one.secret.is_ok() { "ok" } else { "missing" };
        [word, one.server, one.wanted.name, &one.wanted.reference.to_string()].map(printable)
    };
    columns(["", "SERVER", "SECRET", "REFERENCE"], looked.iter().map(row).collect())
}

fn listed(looked: &[SecretLookup<'_>]) -> String {
    let row = |one: &SecretLookup<'_>| {
        json!({
            "server": one.server,
            "name": one.wanted.name,
            "reference": one.wanted.reference.to_string(),
            "found": one.secret.is_ok(),
        })
    };
    let rows: Vec<_> = looked.iter().map(row).collect();
    serde_json::to_string_pretty(&rows).expect("plain data") + "\n"
}
