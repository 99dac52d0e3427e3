//! `merge`: a filter from stdin to stdout, for chezmoi's `modify_` scripts and the like. It knows no
//! ledger: the declared names are set, and what `--remove` names is taken out.

use std::io::{Read as _, Write as _};

use super::{Done, Failure, Rim, pick};
use crate::cli::{Exit, Merge};
use crate::diagnostic::Diagnostic;
use crate::document::Document;
use crate::document::edit::Edit;
use crate::plan::{self, Adopt};
use crate::render::render;

pub fn run(rim: &Rim<'_>, flags: &Merge) -> Done {
    let table = rim.table()?;
    let model = rim.model(&table)?;
    let launcher = rim.launcher(&model, rim.env, None)?;
    let named = std::slice::from_ref(&flags.client);
    let Some(client) = pick(named, &model.clients, &table)?.into_iter().next() else {
        return Ok(Exit::Done);
    };
    let mut rendered = render(&model, &launcher, client).map_err(|error| rim.unrendered(&error))?;
    rendered.entries.retain(|(name, _)| !flags.remove.contains(name));
    let mut input = vec![];
    std::io::stdin().lock().read_to_end(&mut input)?;
    let output = if input.trim_ascii().is_empty() {
        rendered.text().into_bytes()
    } else {
        let fault = |fault: crate::document::Fault| {
            Failure::from(Diagnostic::error(fault.to_string()).in_file("<stdin>", fault.spot()))
        };
        let document = Document::new(client.format, input.clone()).map_err(fault)?;
        let actual = document.entries(&client.section).map_err(fault)?;
        let mut edits = plan::plan(&rendered, &actual, None, &Adopt::All).edits;
        let gone = flags.remove.iter().filter(|name| actual.contains_key(*name));
        edits.extend(gone.map(|name| Edit::Remove { name: name.clone() }));
        if edits.is_empty() {
            input
        } else {
            document.edit(&client.section, &edits, None).map_err(fault)?.0
        }
    };
    let mut out = std::io::stdout().lock();
    out.write_all(&output)?;
    out.flush()?;
    Ok(Exit::Done)
}
