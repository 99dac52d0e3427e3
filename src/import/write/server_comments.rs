//! Writes the comments before the table of a server.

use std::collections::BTreeSet;

use super::DeclarationWriter;
use crate::display::printable;
use crate::import::draft::ServerDraft;
use crate::import::merge::MergedServer;
use crate::import::sign_in_need::{is_on_this_machine, may_sign_in};

impl DeclarationWriter<'_> {
    /// Says that a server has several versions.
    pub(super) fn versions(&mut self, server: &MergedServer) {
        let tables = server.variants.len();
        if server.has_own_versions() {
            self.line(&format!(
                "# to decide: the files of one client differ. Keep one of these {tables} tables, or rename one."
            ));
            return self.line("# The client gets every server in each of its homes.");
        }
        self.line(&format!(
            "# to decide: clients differ. Keep one of these {tables} tables, or rename one and give"
        ));
        self.line("# each its own `clients`.");
    }

    /// Writes the comments of the entries.
    pub(super) fn comments(&mut self, variant: &[ServerDraft]) {
        let mut written = BTreeSet::new();
        for line in variant.iter().flat_map(|found| &found.comments) {
            if written.insert(line) {
                self.line(&format!("# {}", printable(line)));
            }
        }
    }

    /// Says that a server may require a sign-in. A URL alone does not show this: a client finds out when it connects.
    pub(super) fn ask_for_sign_in(&mut self, variant: &[ServerDraft]) {
        let Some(remote) = may_sign_in(&variant[0]) else { return };
        if self.open.contains(&remote.url) || is_on_this_machine(remote) {
            return;
        }
        self.unclear += 1;
        let clients: Vec<&str> =
            variant.iter().filter(|it| it.start.is_some()).map(|it| it.client.as_str()).collect();
        let bridge = match clients.as_slice() {
            [] => String::new(),
            clients => format!("bridge in {}. ", clients.join(", ")),
        };
        self.line(&format!("# {bridge}If the server requires a sign-in, add auth = \"oauth\""));
    }
}
