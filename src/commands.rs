//! The rim: flags in, text out. Data goes to stdout, everything said to a person to stderr.

use std::io::{self, Write as _};

use camino::{Utf8Path, Utf8PathBuf};

use crate::cli::{Cli, CliCommand, Exit, Global};
use crate::client::{Client, ClientTable};
use crate::declaration::Declaration;
use crate::diagnostic::{Diagnostic, Help, line_column};
use crate::fs::{self, FsError};
use crate::launch::Launcher;
use crate::model::{self, Model};
use crate::paths::Environment;
use crate::render::RenderError;
use crate::similar::similar_name;
use crate::suggest::{ShellCommand, Suggest};

mod apply;
mod bridge;
mod check;
mod clients;
mod context;
mod doctor;
mod exec;
mod files;
mod import;
mod init;
mod login;
mod logout;
mod merge;
mod output;
mod owners;
mod refresh;
mod render;
mod report;
mod secret;
mod sign_ins;
mod status;
mod token;

/// Says which streams are shown to a person.
#[derive(Debug, Clone, Copy)]
pub struct Terminal {
    /// Whether stdout takes colour.
    pub out: bool,
    /// Whether stderr takes colour.
    pub err: bool,
    /// Whether a person reads stderr.
    pub person: bool,
    /// Whether stdout is a terminal, so that what is printed is seen and kept.
    pub seen: bool,
}

/// Runs a command.
pub fn run(cli: Cli, env: &Environment, terminal: &Terminal) -> Exit {
    let mut rim = Rim { env, terminal, global: &cli.global, suggest: Suggest::new(env) };
    rim.suggest = context::suggest(&rim, &cli.command);
    let done = match cli.command {
        CliCommand::Init(flags) => init::run(&rim, &flags),
        CliCommand::Import(flags) => import::run(&rim, &flags),
        CliCommand::Check(flags) => check::run(&rim, &flags),
        CliCommand::Render(flags) => render::run(&rim, &flags),
        CliCommand::Plan(flags) => apply::plan(&rim, &flags),
        CliCommand::Apply(flags) => apply::apply(&rim, flags),
        CliCommand::Undo(flags) => apply::undo(&rim, &flags),
        CliCommand::Owners(flags) => owners::run(&rim, &flags),
        CliCommand::Exec(flags) => exec::run(&rim, &flags),
        CliCommand::Bridge(flags) => bridge::run(&rim, &flags),
        CliCommand::Secret(flags) => secret::run(&rim, flags),
        CliCommand::Merge(flags) => merge::run(&rim, &flags),
        CliCommand::Login(flags) => login::run(&rim, &flags),
        CliCommand::Status(flags) => status::run(&rim, &flags),
        CliCommand::Doctor(flags) => doctor::run(&rim, &flags),
        CliCommand::Refresh(flags) => refresh::run(&rim, &flags),
        CliCommand::Token(flags) => token::run(&rim, &flags),
        CliCommand::Logout(flags) => logout::run(&rim, &flags),
        CliCommand::Clients(flags) => clients::run(&rim, &flags),
        CliCommand::Schema => files::schema(),
        CliCommand::Completions { shell } => files::completions(shell),
        CliCommand::Man { dir } => files::man(&rim, &dir),
    };
    done.unwrap_or_else(|failure| failure.say(terminal))
}

/// Says an error that came before any command.
pub fn refuse(message: &str) -> Exit {
    Failure::from(Diagnostic::error(message)).say(&Terminal {
        out: false,
        err: false,
        person: false,
        seen: false,
    })
}

/// Holds why a command stopped.
#[derive(Debug)]
pub struct Failure {
    diagnostics: Vec<Diagnostic>,
    exit: Exit,
}

impl Failure {
    fn usage(diagnostic: Diagnostic) -> Self {
        Self { diagnostics: vec![diagnostic], exit: Exit::Usage }
    }

    fn error(error: &dyn std::error::Error) -> Self {
        Diagnostic::error(error.to_string()).into()
    }

    fn with_help(error: &dyn Help) -> Self {
        Diagnostic::of_error(error).into()
    }

    fn say(self, terminal: &Terminal) -> Exit {
        say(&self.diagnostics, terminal);
        self.exit
    }
}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Self {
        vec![diagnostic].into()
    }
}

impl From<Vec<Diagnostic>> for Failure {
    fn from(diagnostics: Vec<Diagnostic>) -> Self {
        Self { diagnostics, exit: Exit::Error }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        // A reader that has seen enough (`mcpgen plan | head`) is no failure.
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self { diagnostics: vec![], exit: Exit::Done };
        }
        Diagnostic::error(format!("the output cannot be written: {error}")).into()
    }
}

type Done = Result<Exit, Failure>;

fn say(diagnostics: &[Diagnostic], terminal: &Terminal) {
    let drawn: Vec<String> = diagnostics.iter().map(|d| d.draw(terminal.err) + "\n").collect();
    tell(&drawn.join("\n"));
}

// Nobody is left to hear that stderr is closed.
fn tell(text: &str) {
    io::stderr().lock().write_all(text.as_bytes()).ok();
}

fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// Holds what every command has at hand.
struct Rim<'a> {
    env: &'a Environment,
    terminal: &'a Terminal,
    global: &'a Global,
    /// What suggested commands repeat of the user's options.
    suggest: Suggest,
}

impl Rim<'_> {
    fn declaration_path(&self) -> Utf8PathBuf {
        let from_env = || self.env.var("MCPGEN_FILE").map(Utf8PathBuf::from);
        let named = self.global.file.clone().or_else(from_env);
        self.env.absolute(&named.unwrap_or_else(|| self.env.default_declaration()))
    }

    fn table(&self) -> Result<ClientTable, Failure> {
        let default = self.env.config_dir().join("templates");
        let folder = match &self.global.templates {
            Some(folder) if folder.is_dir() => Some(folder.clone()),
            Some(folder) => {
                let fault = Diagnostic::error(format!("there is no folder `{folder}`"));
                return Err(Failure::usage(
                    fault.help("--templates wants a folder with clients.toml and *.j2"),
                ));
            }
            None => default.is_dir().then_some(default),
        };
        Ok(ClientTable::load(folder.as_deref())?)
    }

    fn declaration(&self) -> Result<(Declaration, Vec<Diagnostic>), Failure> {
        let path = self.declaration_path();
        let shown = self.env.display(&path);
        let most = usize::try_from(fs::MAX_BYTES).unwrap_or(usize::MAX);
        let given = fs::read_given(&path, most).map_err(|error| {
            if !matches!(error, FsError::IsFolder(_)) {
                return Failure::error(&error);
            }
            Diagnostic::error(format!("`{shown}` is a directory, not a file"))
                .help("name a file with `--file`")
                .into()
        })?;
        let init = self.suggest.mcpgen("init").or("mcpgen init and the same `--file`");
        let missing = || {
            Diagnostic::error(format!("there is no declaration `{shown}`"))
                .help(format!("write one with {init}, or name another with `--file`"))
        };
        // The name as it was typed is the one people know; a byte order mark is no part of the text.
        let name = self.global.file.as_ref().map_or(shown.clone(), ToString::to_string);
        let bytes = given.ok_or_else(missing)?.bytes.to_vec();
        let text = String::from_utf8(bytes).map_err(|error| {
            let (bytes, at) = (error.as_bytes(), error.utf8_error().valid_up_to());
            let place = line_column(&String::from_utf8_lossy(&bytes[..at]), at);
            Diagnostic::error(format!("`{name}` is not UTF-8"))
                .in_file(&name, Some(place))
                .help("save it as UTF-8")
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        Ok(Declaration::parse(&name, text))
    }

    fn model(&self, table: &ClientTable) -> Result<Model, Failure> {
        let (declaration, mut faults) = self.declaration()?;
        match model::build(&declaration, table, self.env, &self.suggest) {
            Ok(model) if faults.is_empty() => return Ok(model),
            Ok(_) => {}
            Err(found) => faults.extend(found),
        }
        faults.sort_by_key(Diagnostic::offset);
        Err(faults.into())
    }

    // A clash in `extra` is a fault of the declaration that only a template shows.
    fn unrendered(&self, error: &RenderError) -> Diagnostic {
        let RenderError::Clash { client, server, field } = error else {
            return Diagnostic::error(error.to_string());
        };
        let fault = Diagnostic::error(format!("`{field}` is a field that mcpgen writes itself"))
            .note("every client launches the same; `extra` is for its other fields");
        let Ok((declaration, _)) = self.declaration() else { return fault };
        match declaration.extra_span(server, client, field) {
            Some(span) => fault.at(&declaration.source, span, "not for `extra`"),
            None => fault,
        }
    }

    // Clients are told of the declaration where it lies, or where it is linked.
    fn launcher<'m>(
        &self,
        model: &'m Model,
        env: &'m Environment,
        linked_at: Option<&Utf8Path>,
    ) -> Result<Launcher<'m>, Failure> {
        let path = linked_at.map_or_else(|| self.declaration_path(), Utf8Path::to_owned);
        Launcher::new(model, env, &path).map_err(|error| Failure::error(&error))
    }
}

// Picks declared clients by name; none named is all.
fn pick<'t>(
    rim: &Rim<'_>,
    named: &[String],
    declared: &[String],
    table: &'t ClientTable,
) -> Result<Vec<&'t Client>, Failure> {
    if let Some(name) = named.iter().find(|name| !declared.contains(name)) {
        return Err(Failure::usage(match table.get(name) {
            Some(_) => not_declared(name, declared),
            None => unknown_client(rim, name, table),
        }));
    }
    let names = if named.is_empty() { declared } else { named };
    Ok(table.iter().filter(|client| names.contains(&client.name)).collect())
}

fn not_declared(name: &str, declared: &[String]) -> Diagnostic {
    Diagnostic::error(format!("`{name}` is not among the declared clients"))
        .help(format!("the declaration has: {}", declared.join(", ")))
}

fn unknown_client(rim: &Rim<'_>, name: &str, table: &ClientTable) -> Diagnostic {
    let fault = Diagnostic::error(format!("no client is named `{name}`"));
    let list = || format!("{} lists them", rim.suggest.undeclared("clients"));
    fault.help(similar_name("a client", name, table.names()).unwrap_or_else(list))
}

// Suggests how to hide a file from others.
fn private(rim: &Rim<'_>, path: &Utf8Path) -> String {
    let private = ShellCommand::new("chmod 600").path(path, rim.env);
    format!("run {}", private.or("take all permissions on it away from others"))
}

// Lines cells up in columns, two blanks between them.
fn columns<const N: usize>(head: [&str; N], rows: Vec<[String; N]>) -> String {
    let rows: Vec<[String; N]> = std::iter::once(head.map(str::to_owned)).chain(rows).collect();
    let widths: [usize; N] = std::array::from_fn(|column| {
        rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)
    });
    let line = |row: &[String; N]| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}  "));
        cells.collect::<String>().trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

fn count(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}
