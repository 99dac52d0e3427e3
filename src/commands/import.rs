//! `import`: prints the servers of the clients' files as one declaration. It writes no client's file, but can store
//! secrets in the keyring or in a file.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;

use super::{
    Done, Failure, Invocation, count, eprint_diagnostics, eprint_text, print, unknown_client,
};
use crate::cli::{Exit, ImportFlags as Flags, Keep};
use crate::client::ClientTable;
use crate::diagnostic::{Diagnostic, Help as _};
use crate::display::printable;
use crate::fs;
use crate::import::{
    ChosenVersions, Import, ImportNote, NoteReason, SecretPolicy, SignInAnswers, import,
};
use crate::paths::Environment;
use crate::secret::literal;
use crate::survey::{FoundSection, Project, Unreadable, survey_project, survey_user};

mod keep;
pub mod probe;
mod summary;

pub use keep::keep;
pub use summary::about_secrets;

impl From<Option<Keep>> for SecretPolicy {
    fn from(keep: Option<Keep>) -> Self {
        match keep {
            None => Self::Ask,
            Some(Keep::Env) => Self::Env,
            Some(Keep::Keyring) => Self::Keyring,
            Some(Keep::File) => Self::File,
        }
    }
}

pub fn run(invocation: &Invocation<'_>, flags: &Flags) -> Done {
    let project = flags.project.as_deref().map(|dir| invocation.env.absolute(dir));
    let project = project.map(|dir| Project::new(&dir, flags.follow_links));
    let secrets = SecretPolicy::from(flags.secrets);
    let read = read_clients(invocation, &flags.clients, project.as_ref(), secrets, flags.probe)?;
    read.keep(invocation)?;
    print(read.text())?;
    read.eprint(invocation);
    Ok(read.exit)
}

/// The imported servers, and the errors of the import.
pub struct ImportRun {
    /// The declaration, and what is not in it.
    pub import: Import,
    secrets: SecretPolicy,
    probed: bool,
    /// The files that cannot be read, and the entries that are not imported as they are.
    pub faults: Vec<Diagnostic>,
    /// Whether every file could be read.
    pub exit: Exit,
    /// Whether one of the files is readable only by its owner, so that what is made of them has to be too.
    pub private: bool,
}

/// Reads the files of the named clients, or of all if none is named: the user's files, or those of a project.
pub fn read_clients(
    invocation: &Invocation<'_>,
    clients: &[String],
    project: Option<&Project>,
    secrets: SecretPolicy,
    probe: bool,
) -> Result<ImportRun, Failure> {
    let table = invocation.table()?;
    if let Some(name) = clients.iter().find(|name| table.get(name).is_none()) {
        return Err(Failure::usage(unknown_client(invocation, name, &table)));
    }
    let found = match project {
        None => survey_user(&table, &invocation.homes(&table), invocation.env),
        Some(project) => survey_project(&table, invocation.env, project),
    };
    let mut sections = found.map_err(|error| Failure::error(&error))?;
    sections.retain(|section| clients.is_empty() || clients.contains(&section.client.name));
    if project.is_some() && clients.is_empty() {
        keep_used(&mut sections, invocation.env);
    }
    let ask = |urls| match probe {
        true => probe::ask(invocation.env, urls),
        false => SignInAnswers::new(),
    };
    let none = ChosenVersions::new();
    let run = import_sections(invocation, &table, &sections, (secrets, &none), &ask);
    let run = ImportRun { probed: probe, ..run };
    if run.import.servers == 0 {
        let none = Diagnostic::error("no client's file has a server to import");
        let init = invocation.suggest.mcpgen("init");
        let mut faults = run.faults;
        faults.push(none.help(format!("write a declaration with {init}")));
        return Err(faults.into());
    }
    Ok(run)
}

/// Imports the entries of sections. `ask` finds out which of the URLs require a sign-in.
pub fn import_sections(
    invocation: &Invocation<'_>,
    table: &ClientTable,
    sections: &[FoundSection<'_>],
    (secrets, chosen): (SecretPolicy, &ChosenVersions),
    ask: &dyn Fn(BTreeSet<String>) -> SignInAnswers,
) -> ImportRun {
    let import = import(sections, table, invocation.env, (secrets, chosen), ask);
    let mut faults = unreadable(invocation, sections);
    let exit = if faults.is_empty() { Exit::Done } else { Exit::Error };
    faults.extend(left(invocation, &import.left));
    let private = sections.iter().any(|section| {
        let entries = section.entries.as_ref().is_ok_and(|entries| !entries.is_empty());
        entries && fs::is_private(&section.path)
    });
    ImportRun { import, secrets, probed: true, faults, exit, private }
}

// Many clients can read one file of a project. Only those on this machine are declared, or one if none is.
fn keep_used(sections: &mut Vec<FoundSection<'_>>, env: &Environment) {
    let used: BTreeSet<Utf8PathBuf> = sections
        .iter()
        .filter(|section| section.client.is_installed(env))
        .map(|section| section.path.clone())
        .collect();
    let mut first = BTreeSet::new();
    sections.retain(|section| match used.contains(&section.path) {
        true => section.client.is_installed(env),
        false => first.insert(section.path.clone()),
    });
}

fn unreadable(invocation: &Invocation<'_>, sections: &[FoundSection<'_>]) -> Vec<Diagnostic> {
    // Several clients may share a file.
    let mut named = BTreeSet::new();
    let fault = |section: &FoundSection<'_>| {
        let error = section.entries.as_ref().err()?;
        if !named.insert((section.path.clone(), error.to_string())) {
            return None;
        }
        let fault = match error {
            Unreadable::Fs(error) => Diagnostic::of_error(error),
            Unreadable::DocumentError(error) => Diagnostic::error(error.to_string()),
        };
        let position = match error {
            Unreadable::Fs(_) => None,
            Unreadable::DocumentError(error) => error.position(),
        };
        let fault = fault.in_file(invocation.env.display(&section.path), position);
        Some(fault.help("correct the file, then import again"))
    };
    sections.iter().filter_map(fault).collect()
}

// One diagnostic for all of one entry in one file.
fn left(invocation: &Invocation<'_>, left: &[ImportNote]) -> Vec<Diagnostic> {
    let mut found: BTreeMap<(&str, &str, &str), Diagnostic> = BTreeMap::new();
    for ImportNote { client, file, entry, why } in left {
        let title = format!("`{}` of {client}", printable(&literal::mask(entry)));
        let warning = || Diagnostic::warning(title).in_file(file.clone(), None);
        let fault = found.entry((client, entry, file)).or_insert_with(warning);
        fault.add_note(literal::mask(&why.to_string()));
        // The command contains the path of the declaration, which `why` does not have.
        let adopt = || {
            format!("replace the old entry with {}", invocation.suggest.mcpgen("apply --adopt-all"))
        };
        let renamed = matches!(why, NoteReason::Renamed(_) | NoteReason::SameServer(_)).then(adopt);
        if let Some(help) = renamed.or_else(|| why.help()) {
            fault.add_help(help);
        }
    }
    found.into_values().collect()
}

impl ImportRun {
    /// Returns the declaration.
    pub fn text(&self) -> &str {
        &self.import.text
    }

    /// Names the command that comes next.
    pub fn next(&self) -> &'static str {
        if self.import.decisions > 0 { "check" } else { "plan --adopt-all" }
    }

    /// Stores the secrets where the user wants them.
    ///
    /// # Errors
    /// Fails like [`keep()`].
    pub fn keep(&self, invocation: &Invocation<'_>) -> Result<(), Failure> {
        keep(invocation, &self.import, self.secrets)
    }

    /// Prints the errors to standard error, with a summary: the number of servers, the open decisions and the secrets.
    pub fn eprint(&self, invocation: &Invocation<'_>) {
        eprint_diagnostics(&self.faults, invocation.terminal);
        let Import { servers, decisions, unclear, .. } = &self.import;
        let mut lines = vec![count(*servers, "server")];
        if *decisions > 0 {
            lines.push(format!(
                "to decide: {decisions} (the declaration has several versions of each; \
                 keep one version, and then run {})",
                invocation.suggest.mcpgen("check")
            ));
        }
        if *unclear > 0 && !self.probed {
            lines.push(format!(
                "{} with only a URL may require a sign-in: find out with `--probe`",
                count(*unclear, "server")
            ));
        }
        lines.extend(about_secrets(invocation, &self.import, self.secrets));
        eprint_text(&(lines.join("\n") + "\n"));
    }
}
