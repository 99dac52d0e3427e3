//! One file to work on.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use crate::client::Client;
use crate::fs::Location;
use crate::render::Rendered;

/// A file and what is desired in it.
#[derive(Debug)]
pub struct TargetJob<'a> {
    /// The file, as the client table names it, and where that leads.
    pub location: Location,
    /// The project it belongs to, if it is not the user's own.
    pub project: Option<Utf8PathBuf>,
    /// The entries desired; none where the client is no longer declared.
    pub rendered: Rendered<'a>,
    /// Other clients that read the same file, and the path by which each names it.
    pub shared: Vec<(&'a Client, Utf8PathBuf)>,
}

impl<'a> TargetJob<'a> {
    /// Returns the client whose file it is; of several that share it, the first.
    pub fn client(&self) -> &'a Client {
        self.rendered.client
    }

    /// Returns every client that reads the file.
    pub fn clients(&self) -> impl Iterator<Item = &'a Client> {
        std::iter::once(self.client()).chain(self.shared.iter().map(|(client, _)| *client))
    }

    /// Returns the path as the client names it.
    pub fn path(&self) -> &Utf8Path {
        &self.location.path
    }

    /// Lets another client, which reads the same file by another path, have its entries in it.
    pub fn share(&mut self, path: Utf8PathBuf, rendered: Rendered<'a>) {
        self.shared.push((rendered.client, path));
        self.rendered.replaces.extend(rendered.replaces);
        self.rendered.lacks.extend(rendered.lacks);
        let seen: BTreeSet<String> =
            self.rendered.entries.iter().map(|(name, _)| name.clone()).collect();
        let new = rendered.entries.into_iter().filter(|(name, _)| !seen.contains(name));
        self.rendered.entries.extend(new);
    }

    /// Returns the lock of each client that has one, beside the path by which it names the file.
    pub fn locks(&self) -> Vec<Utf8PathBuf> {
        let own = std::iter::once((self.client(), &self.location.path));
        let all = own.chain(self.shared.iter().map(|(client, path)| (*client, path)));
        all.filter(|(client, _)| client.lock).map(|(_, path)| lock_of(path)).collect()
    }
}

/// Returns the path of the lock that a client holds while it writes a file.
pub fn lock_of(path: &Utf8Path) -> Utf8PathBuf {
    format!("{path}.lock").into()
}
