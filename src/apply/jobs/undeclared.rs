//! The files that this owner wrote earlier and no longer declares.

use camino::{Utf8Path, Utf8PathBuf};

use super::{Collector, JobFile, JobsError};
use crate::client::Client;
use crate::diagnostic::Diagnostic;
use crate::ledger::Ledger;
use crate::paths::{Environment, PathError};
use crate::render::nothing;

impl Collector<'_, '_> {
    /// Adds the files in `rows` that are not collected yet. `declared` are the declared clients.
    pub(super) fn add_undeclared(
        &mut self,
        rows: Vec<(Utf8PathBuf, String)>,
        declared: &[String],
        ledger: &Ledger,
    ) -> Result<(), JobsError> {
        let named = self.selection.clients;
        let wanted = |name: &String| named.is_empty() || named.contains(name);
        for (path, name) in rows.into_iter().filter(|(_, name)| wanted(name)) {
            // A row that was merged into another one is no longer in the ledger.
            let Some(row) = ledger.target(self.selection.owner, &path) else { continue };
            if self.has_job(&path) {
                continue;
            }
            let Some(client) = self.table.get(&name) else {
                self.found.push(gone_client(self.env, &name, &path));
                continue;
            };
            let home = row.home.clone();
            if declared.contains(&name) && self.moved_by_variable(client, home.as_deref(), &path)? {
                self.found.push(moved_away(self.env, client, &path));
                continue;
            }
            self.add_located(JobFile { path, home }, nothing(client)?);
        }
        Ok(())
    }

    /// Returns whether an environment variable now names another file. The entries in the earlier file then remain. No
    /// environment variable changes the files in a home of the declaration.
    pub(super) fn moved_by_variable(
        &self,
        client: &Client,
        home: Option<&Utf8Path>,
        row: &Utf8Path,
    ) -> Result<bool, PathError> {
        if self.selection.project.is_some() || home.is_some() {
            return Ok(false);
        }
        let Some(now) = client.path(&self.homes.usual(client, self.env))? else { return Ok(false) };
        let usual = client.fresh_paths(self.env)?;
        Ok(!usual.contains(&now) || !usual.iter().any(|path| path == row))
    }
}

fn gone_client(env: &Environment, client: &str, path: &Utf8Path) -> Diagnostic {
    Diagnostic::warning(format!(
        "the client `{client}` is no longer in the client table, so its entries stay"
    ))
    .in_file(env.display(path), None)
    .help("add the client's row to templates/clients.toml again, or remove the entries by hand")
}

fn moved_away(env: &Environment, client: &Client, path: &Utf8Path) -> Diagnostic {
    let title = &client.title;
    Diagnostic::warning(format!(
        "the entries in this file of {title} stay, because an environment variable now \
         names another file"
    ))
    .in_file(env.display(path), None)
    .help(
        "to update or remove the entries, run mcpgen with the old value of the environment \
         variable",
    )
}
