//! One file to work on.

use camino::{Utf8Path, Utf8PathBuf};

use crate::client::Client;
use crate::fs::Location;
use crate::render::Rendered;

/// One file, and the entries that are desired in it.
#[derive(Debug)]
pub struct TargetJob<'a> {
    /// The path from the client table, and the file that it leads to.
    pub location: Location,
    /// The project that contains the file, or `None` for the user's own file.
    pub project: Option<Utf8PathBuf>,
    /// The home of the client that contains the file, or `None` for the usual one.
    pub home: Option<Utf8PathBuf>,
    /// The file that has mcpgen's entries, if this is another file that the client merges with it.
    pub layer_of: Option<Utf8PathBuf>,
    /// The desired entries. There are none if the client is no longer declared.
    pub rendered: Rendered<'a>,
    /// The other clients that read the same file, each with its own path to the file.
    pub shared: Vec<(&'a Client, Utf8PathBuf)>,
}

impl<'a> TargetJob<'a> {
    /// Returns the client whose file this is. If several clients share the file, returns the first one.
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

    /// Adds the entries of another client that reads the same file, possibly by another path.
    pub fn share(&mut self, path: Utf8PathBuf, rendered: Rendered<'a>) {
        self.shared.push((rendered.client, path));
        self.rendered.extend(rendered);
    }

    /// Returns the locks of the clients that have one. Each lock is next to that client's path to the file.
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
