//! The other files that a client merges with the file that has mcpgen's entries. An entry of the same name in such a
//! file would change mcpgen's entry, so it is planned as an entry that mcpgen's entry replaces.

use std::borrow::Cow;

use camino::Utf8PathBuf;

use super::{Collector, JobsError};
use crate::apply::job::TargetJob;
use crate::client::Client;
use crate::ledger::Ledger;
use crate::render::nothing;

/// A file that mcpgen's entries are merged with.
struct Layer<'t> {
    client: &'t Client,
    path: Utf8PathBuf,
    /// The file that has mcpgen's entries.
    main: Utf8PathBuf,
    home: Option<Utf8PathBuf>,
    names: Vec<String>,
}

impl<'t> Collector<'_, 't> {
    /// Adds the other layers of the files collected so far.
    pub(super) fn add_layers(&mut self, ledger: &Ledger) -> Result<(), JobsError> {
        let mut layers = vec![];
        for job in &self.jobs {
            for client in job.clients() {
                let in_home = job.home.as_ref().and_then(|home| client.env_in_home(home, self.env));
                let usual = || self.homes.usual(client, self.env);
                let paths = match &self.selection.project {
                    Some(project) => client.project_layers(project.path()),
                    None => client.layers(&in_home.map_or_else(usual, Cow::Owned))?,
                };
                let names: Vec<String> =
                    job.rendered.entries.iter().map(|(name, _)| name.clone()).collect();
                let main = job.path();
                layers.extend(paths.into_iter().filter(|path| path != main).map(|path| Layer {
                    client,
                    path,
                    main: main.to_owned(),
                    home: job.home.clone(),
                    names: names.clone(),
                }));
            }
        }
        layers.into_iter().try_for_each(|layer| self.add_layer(layer, ledger))
    }

    fn add_layer(&mut self, layer: Layer<'t>, ledger: &Ledger) -> Result<(), JobsError> {
        if self.is_left_behind(&layer, ledger)? {
            return Ok(());
        }
        let Some(location) = self.locate(&layer.path) else { return Ok(()) };
        if self.jobs.iter().any(|job| job.location.is_same_file(&location)) {
            return Ok(());
        }
        let mut rendered = nothing(layer.client)?;
        rendered.replaces = layer.names.into_iter().map(|name| (name.clone(), name)).collect();
        let project = self.selection.project.as_ref().map(|project| project.path().to_owned());
        let (home, layer_of, shared) = (layer.home, Some(layer.main), vec![]);
        self.push(TargetJob { location, project, home, layer_of, rendered, shared });
        Ok(())
    }

    // Returns whether mcpgen wrote the file before an environment variable named another file. Its entries stay, because
    // otherwise two shells would undo each other's work.
    fn is_left_behind(&self, layer: &Layer<'_>, ledger: &Ledger) -> Result<bool, JobsError> {
        let Layer { client, path, home, .. } = layer;
        let written = ledger.target(self.selection.owner, path).is_some();
        Ok(written && self.moved_by_variable(client, home.as_deref(), path)?)
    }
}
