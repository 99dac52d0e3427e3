//! The way in: what all clients' files hold, as one declaration.
//!
//! An entry is carried over whole, or it stays where it is and is named. What differs between clients stands
//! in the declaration twice, which TOML refuses: so `mcpgen check` names every decision until one of the two is
//! deleted, and nobody's variant is chosen for them.

use std::collections::BTreeMap;

use crate::client::ClientTable;
use crate::paths::Environment;
use crate::secret::Secret;
use crate::survey::{EntryScope, FoundSection};

mod bridge;
mod declared;
mod draft;
mod header;
mod inexpressible;
mod merge;
mod note;
mod options;
mod read;
mod secret_names;
mod write;

pub use note::NoteReason;
pub use secret_names::SecretPolicy;

use read::Drafts;
use secret_names::SecretNames;

/// Holds what was read from the clients' files.
pub struct Import {
    /// The declaration.
    pub text: String,
    /// How many servers it has.
    pub servers: usize,
    /// How many things stand in it twice.
    pub decisions: usize,
    /// The secrets that references to variables lead to, by the variables' names.
    pub variables: BTreeMap<String, Secret>,
    /// The secrets that references to the keyring lead to, by their names there.
    pub keyring: BTreeMap<String, Secret>,
    /// What is not in it.
    pub left: Vec<ImportNote>,
}

/// Names something that is not in the declaration, or not under its name.
pub struct ImportNote {
    /// The client.
    pub client: String,
    /// The entry.
    pub entry: String,
    /// Why.
    pub why: NoteReason,
}

/// Makes one declaration of the user's files.
pub fn import(
    sections: &[FoundSection<'_>],
    table: &ClientTable,
    env: &Environment,
    secrets: SecretPolicy,
) -> Import {
    let mut drafts = Drafts::new(table, env);
    for section in sections {
        match &section.scope {
            EntryScope::User => drafts.section(section),
            EntryScope::Folder(folder) => drafts.folder(section, folder),
            EntryScope::Project(_) => {}
        }
    }
    let Drafts { found, mut left, .. } = drafts;
    let (servers, renamed) = merge::merge(found, table);
    left.extend(renamed);
    left.sort_by(|a, b| (&a.client, &a.entry).cmp(&(&b.client, &b.entry)));
    let mut keeper = SecretNames::new(secrets);
    let written = write::declaration(&servers, table, &mut keeper);
    Import {
        text: written.text,
        servers: servers.len(),
        decisions: written.decisions,
        variables: keeper.variables,
        keyring: keeper.keyring,
        left,
    }
}
