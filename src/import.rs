//! The way in: what all clients' files hold, as one declaration.
//!
//! An entry is carried over whole, or it stays where it is and is named. What differs between clients stands
//! in the declaration twice, which TOML refuses: so `mcpgen check` names every decision until one of the two is
//! deleted, and nobody's variant is chosen for them.

use std::collections::BTreeMap;

use crate::client::ClientTable;
use crate::paths::Environment;
use crate::secret::Secret;
use crate::survey::{FoundSection, Scope};

mod bridge;
mod declared;
mod draft;
mod header;
mod keep;
mod merge;
mod options;
mod read;
mod stays;
mod unsaid;
mod write;

pub use keep::Secrets;
pub use stays::Stays;

use keep::Keeper;
use read::Drafts;

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
    pub left: Vec<Left>,
}

/// Names something that is not in the declaration, or not under its name.
pub struct Left {
    /// The client.
    pub client: String,
    /// The entry.
    pub entry: String,
    /// Why.
    pub why: Stays,
}

/// Makes one declaration of the user's files.
pub fn import(
    sections: &[FoundSection<'_>],
    table: &ClientTable,
    env: &Environment,
    secrets: Secrets,
) -> Import {
    let mut drafts = Drafts::new(table, env);
    for section in sections {
        match &section.scope {
            Scope::User => drafts.section(section),
            Scope::Folder(folder) => drafts.folder(section, folder),
            Scope::Project(_) => {}
        }
    }
    let Drafts { found, mut left, .. } = drafts;
    let (servers, renamed) = merge::merge(found, table);
    left.extend(renamed);
    left.sort_by(|a, b| (&a.client, &a.entry).cmp(&(&b.client, &b.entry)));
    let mut keeper = Keeper::new(secrets);
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
