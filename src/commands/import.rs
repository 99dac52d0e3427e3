//! `import`: prints the servers of the clients' files as one declaration. It writes no files, but can store secrets in
//! the keyring.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;

use super::secret::{failure, with_timeout};
use super::{
    Done, Failure, Invocation, count, eprint_diagnostics, eprint_text, print, unknown_client,
};
use crate::cli::{Exit, ImportFlags as Flags, Keep};
use crate::diagnostic::{Diagnostic, Help as _};
use crate::display::printable;
use crate::fs;
use crate::import::{Import, ImportNote, NoteReason, SecretPolicy, SignInAnswers, import};
use crate::paths::Environment;
use crate::secret::{Secret, literal};
use crate::secret_store::{SecretError, keyring};
use crate::suggest::ShellCommand;
use crate::survey::{FoundSection, Project, Unreadable, survey_project, survey_user};

pub mod probe;

impl From<Option<Keep>> for SecretPolicy {
    fn from(keep: Option<Keep>) -> Self {
        match keep {
            None => Self::Ask,
            Some(Keep::Env) => Self::Env,
            Some(Keep::Keyring) => Self::Keyring,
        }
    }
}

pub fn run(invocation: &Invocation<'_>, flags: &Flags) -> Done {
    let project = flags.project.as_deref().map(|dir| invocation.env.absolute(dir));
    let project = project.map(|dir| Project::new(&dir, flags.follow_links));
    let secrets = SecretPolicy::from(flags.secrets);
    let read = read_clients(invocation, &flags.clients, project.as_ref(), secrets, flags.probe)?;
    read.keep()?;
    print(read.text())?;
    read.eprint(invocation);
    Ok(read.exit)
}

/// The imported servers, and the errors of the import.
pub struct ImportRun {
    import: Import,
    secrets: SecretPolicy,
    probed: bool,
    faults: Vec<Diagnostic>,
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
    let import = import(&sections, &table, invocation.env, secrets, &ask);
    let mut faults = unreadable(invocation, &sections);
    let exit = if faults.is_empty() { Exit::Done } else { Exit::Error };
    faults.extend(left(invocation, &import.left));
    if import.servers == 0 {
        let none = Diagnostic::error("no client's file has a server to import");
        faults.push(
            none.help(format!("write a declaration with {}", invocation.suggest.mcpgen("init"))),
        );
        return Err(faults.into());
    }
    let private = sections.iter().any(|section| {
        let entries = section.entries.as_ref().is_ok_and(|entries| !entries.is_empty());
        entries && fs::is_private(&section.path)
    });
    Ok(ImportRun { import, secrets, probed: probe, faults, exit, private })
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
        if self.import.decisions > 0 { "check" } else { "plan" }
    }

    /// Stores the secrets in the keyring if the user requested it.
    ///
    /// # Errors
    /// Fails like [`keep`].
    pub fn keep(&self) -> Result<(), Failure> {
        keep(&self.import, self.secrets)
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
        lines.extend(self.about_secrets());
        eprint_text(&(lines.join("\n") + "\n"));
    }

    fn about_secrets(&self) -> Vec<String> {
        let Import { variables, keyring, inputs, .. } = &self.import;
        let mut lines = vec![];
        let names = |names: &BTreeMap<String, Secret>| {
            let names: Vec<&str> = names.keys().map(String::as_str).collect();
            names.join(", ")
        };
        let prompted = match self.secrets {
            SecretPolicy::Ask | SecretPolicy::Keyring => inputs
                .iter()
                .map(|name| ShellCommand::new("mcpgen secret set").operand(name))
                .map(|set| {
                    format!(
                        "store a secret that is not in the files: {}",
                        set.or("mcpgen secret set")
                    )
                })
                .collect(),
            SecretPolicy::Env if !inputs.is_empty() => vec![format!(
                "set what is not in the files before you start the clients: {}",
                inputs.join(", ")
            )],
            SecretPolicy::Env => vec![],
        };
        match self.secrets {
            SecretPolicy::Ask if !keyring.is_empty() => lines.push(format!(
                "{} in the clients' files: `--secrets keyring` moves them to the \
                 keyring, and `--secrets env` refers to environment variables",
                count(keyring.len(), "secret")
            )),
            SecretPolicy::Env if !variables.is_empty() => {
                lines.push(format!(
                    "set these environment variables before you start the clients: {}",
                    names(variables)
                ));
            }
            SecretPolicy::Keyring if !keyring.is_empty() => {
                lines.push(format!("stored in the keyring: {}", names(keyring)));
            }
            SecretPolicy::Ask | SecretPolicy::Env | SecretPolicy::Keyring => {}
        }
        lines.extend(prompted);
        lines
    }
}

/// Stores the secrets in the keyring if the user requested it. Overwrites no secret.
///
/// # Errors
/// Fails if the keyring has another secret with the same name, before any secret is stored.
pub fn keep(import: &Import, secrets: SecretPolicy) -> Result<(), Failure> {
    if secrets != SecretPolicy::Keyring {
        return Ok(());
    }
    let mut missing = vec![];
    for (name, secret) in &import.keyring {
        if is_missing(name, secret)? {
            missing.push((name, secret));
        }
    }
    for (name, secret) in missing {
        let (to, kept) = (name.clone(), secret.clone());
        with_timeout(move || keyring::set(&to, &kept)).map_err(|error| failure(name, &error))?;
    }
    Ok(())
}

fn is_missing(name: &str, secret: &Secret) -> Result<bool, Failure> {
    let wanted = name.to_owned();
    match with_timeout(move || keyring::get(&wanted)) {
        Ok(there) if there == *secret => Ok(false),
        Ok(_) => {
            let fault = format!("the keyring already has another secret with the name `{name}`");
            let remove = ShellCommand::new("mcpgen secret rm").operand(name);
            let remove = remove.or("the keyring's own program");
            let help = format!("remove that secret with {remove}, or pass `--secrets env`");
            Err(Diagnostic::error(fault).help(help).into())
        }
        Err(SecretError::NotInKeyring(_)) => Ok(true),
        Err(error) => Err(failure(name, &error)),
    }
}
