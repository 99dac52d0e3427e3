//! Makes one declaration of the entries in all clients' files.
//! An entry is imported completely, or not imported and reported. If clients differ, the declaration has both versions,
//! which TOML does not allow. So `mcpgen check` reports every such place until the user deletes one version.

use std::collections::{BTreeMap, BTreeSet};

use crate::client::ClientTable;
use crate::paths::Environment;
use crate::secret::Secret;
use crate::secret_store::dotenv;
use crate::survey::{EntryScope, FoundSection};

mod address;
mod argument;
mod argument_variables;
mod bridge;
mod comments;
mod container;
mod declared;
mod difference;
mod draft;
mod env_file;
mod header;
mod inexpressible;
mod merge;
mod note;
mod options;
mod own_sign_in;
mod pasted;
mod plain;
mod read;
mod references;
mod secret_names;
mod server_name;
mod sign_in_need;
mod value;
mod write;

pub use difference::{ChosenVersions, ImportDifference};
pub use note::NoteReason;
pub use pasted::pasted;
pub use secret_names::SecretPolicy;
pub use sign_in_need::{SignInAnswers, SignInNeed};

use read::Drafts;
use secret_names::{SecretNames, known_secrets};

/// The result of an import.
pub struct Import {
    /// The declaration.
    pub text: String,
    /// Where the tables of the servers begin in the text.
    pub servers_at: usize,
    /// How many servers it has.
    pub servers: usize,
    /// How many values are in the declaration twice, for the user to decide.
    pub decisions: usize,
    /// What clients have in different versions.
    pub differences: Vec<ImportDifference>,
    /// The secrets by the names of the variables, in the environment or in the file, that the declaration refers to.
    pub variables: BTreeMap<String, Secret>,
    /// The secrets by the names in the keyring that the declaration refers to.
    pub keyring: BTreeMap<String, Secret>,
    /// How many servers have a URL and may require a sign-in.
    pub unclear: usize,
    /// The names, in the environment or in the keyring, of the secrets for which a client asks.
    pub inputs: Vec<String>,
    /// What is not in it.
    pub left: Vec<ImportNote>,
}

/// The homes of each client, as a declaration has them.
type ImportedHomes = BTreeMap<String, BTreeSet<String>>;

/// A note about something that is not in the declaration, or has another name there.
pub struct ImportNote {
    /// The client.
    pub client: String,
    /// The file, as it is shown.
    pub file: String,
    /// The entry.
    pub entry: String,
    /// Why.
    pub why: NoteReason,
}

/// Imports the entries of sections. If clients differ, the declaration has the chosen version, or all of them. `ask` finds out which of the URLs require a sign-in.
pub fn import(
    sections: &[FoundSection<'_>],
    table: &ClientTable,
    env: &Environment,
    (secrets, chosen): (SecretPolicy, &ChosenVersions),
    ask: &dyn Fn(BTreeSet<String>) -> SignInAnswers,
) -> Import {
    let mut drafts = Drafts::new(table, env);
    for section in sections {
        match &section.scope {
            EntryScope::User | EntryScope::Project(_) => drafts.section(section),
            EntryScope::Directory(directory) => drafts.directory(section, directory),
        }
    }
    let Drafts { mut found, mut left, .. } = drafts;
    let open = sign_in_need::fill(&mut found, &mut left, ask);
    let (mut servers, renamed) = merge::merge(found, table);
    for server in &mut servers {
        server.keep(chosen.get(&server.name).copied());
    }
    left.extend(renamed);
    left.extend(old_names(sections, &left, env));
    left.sort_by(|a, b| (&a.client, &a.entry, &a.file).cmp(&(&b.client, &b.entry, &b.file)));
    let drafts = servers.iter().flat_map(|server| server.variants.iter().flatten());
    let referenced = drafts.flat_map(|draft| draft.reach.references()).cloned().collect();
    let file = env.shorten(dotenv::own_file(env).as_str());
    let stored = match secrets {
        SecretPolicy::File => dotenv::stored(env),
        SecretPolicy::Ask | SecretPolicy::Env | SecretPolicy::Keyring => BTreeMap::new(),
    };
    let mut keeper = SecretNames::new(secrets, referenced).with_file(file, stored);
    let homes = homes(sections, env);
    let written = write::declaration(&servers, &homes, &open, (table, chosen), &mut keeper);
    let inputs = keeper.inputs();
    Import {
        text: written.text,
        servers_at: written.servers_at,
        servers: servers.len(),
        decisions: written.decisions,
        differences: written.differences,
        variables: known_secrets(keeper.variables),
        keyring: known_secrets(keeper.keyring),
        unclear: written.unclear,
        inputs,
        left,
    }
}

// Returns the homes, other than the usual ones, that contain entries.
fn homes(sections: &[FoundSection<'_>], env: &Environment) -> ImportedHomes {
    let mut homes = ImportedHomes::new();
    for section in sections {
        let has_entries = section.entries.as_ref().is_ok_and(|entries| !entries.is_empty());
        if let Some(home) = section.home.as_ref().filter(|_| has_entries) {
            let added = homes.entry(section.client.name.clone()).or_default();
            added.insert(env.shorten(home.as_str()));
        }
    }
    homes
}

// The places in the clients' files that contain the names of renamed entries. Each file is read once.
fn old_names(
    sections: &[FoundSection<'_>],
    left: &[ImportNote],
    env: &Environment,
) -> Vec<ImportNote> {
    let mut renamed: BTreeMap<(&String, &String), BTreeSet<&str>> = BTreeMap::new();
    for ImportNote { client, file, entry, why } in left {
        if matches!(why, NoteReason::Renamed(_) | NoteReason::SameServer(_)) {
            renamed.entry((client, file)).or_default().insert(entry);
        }
    }
    let mut notes = vec![];
    for ((client, file), entries) in renamed {
        let is_it = |section: &&FoundSection<'_>| {
            section.client.name == *client && env.display(&section.path) == *file
        };
        let Some(section) = sections.iter().find(is_it) else { continue };
        for (entry, places) in references::references(section, &entries) {
            let (client, file, entry) = (client.clone(), file.clone(), entry.to_owned());
            notes.push(ImportNote { client, file, entry, why: NoteReason::OldName(places) });
        }
    }
    notes
}
