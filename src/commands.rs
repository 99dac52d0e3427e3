//! The commands. Data goes to stdout, and messages go to stderr.

use std::io::{self, Write as _};

use camino::Utf8Path;

use crate::cli::{Cli, CliCommand, Exit};
use crate::diagnostic::{Diagnostic, Help};
use crate::display::escaped;
use crate::paths::Environment;
use crate::suggest::{ShellCommand, Suggest};
use crate::wrapped;

mod add;
mod apply;
mod ask;
mod bridge;
mod check;
mod client_names;
mod clients;
mod columns;
mod complete;
mod completions;
mod context;
mod declaration_file;
mod doctor;
mod duration;
mod edit;
mod exec;
mod failure;
mod files;
mod first_screen;
mod headers;
mod import;
mod in_files;
mod init;
mod invocation;
mod list;
mod login;
mod logout;
mod merge;
mod output;
mod owners;
mod plan;
mod planned;
mod records;
mod refresh;
mod remove;
mod render;
mod report;
mod secret;
mod select_clients;
mod select_servers;
mod setup;
mod sign_ins;
mod starter;
mod status;
mod token;
mod undo;
mod uninstall;
mod verify;

use failure::{Done, Failure};
use invocation::Invocation;
use select_clients::{not_declared, pick, unknown_client};

/// The streams that a person reads.
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
    /// The number of columns of the terminal, if it is known.
    pub columns: Option<u16>,
}

impl Terminal {
    // The width of messages, if they go to a terminal.
    fn message_width(&self) -> Option<usize> {
        let columns = self.columns.filter(|_| self.person)?;
        Some(usize::from(columns).min(wrapped::WIDEST))
    }
}

/// Runs a command.
pub fn run(cli: Cli, env: &Environment, terminal: &Terminal) -> Exit {
    let mut invocation =
        Invocation { env, terminal, global: &cli.global, suggest: Suggest::new(env) };
    let Some(command) = cli.command else {
        invocation.suggest = context::suggest_alone(&invocation);
        let shown = first_screen::run(&invocation);
        return shown.unwrap_or_else(|failure| failure.eprint(terminal));
    };
    invocation.suggest = context::suggest(&invocation, &command);
    let done = match command {
        CliCommand::Setup(flags) => setup::run(&invocation, &flags),
        CliCommand::Uninstall(flags) => uninstall::run(&invocation, &flags),
        CliCommand::Init(flags) => init::run(&invocation, &flags),
        CliCommand::Add(flags) => add::run(&invocation, &flags),
        CliCommand::Edit => edit::run(&invocation),
        CliCommand::Remove(flags) => remove::run(&invocation, &flags),
        CliCommand::Import(flags) => import::run(&invocation, &flags),
        CliCommand::Check(flags) => check::run(&invocation, &flags),
        CliCommand::Render(flags) => render::run(&invocation, &flags),
        CliCommand::Plan(flags) => plan::run(&invocation, &flags),
        CliCommand::Diff(flags) => plan::run(&invocation, &flags.into()),
        CliCommand::Apply(flags) => apply::apply(&invocation, flags),
        CliCommand::Undo(flags) => undo::run(&invocation, &flags),
        CliCommand::Owners(flags) => owners::run(&invocation, &flags),
        CliCommand::Exec(flags) => exec::run(&invocation, &flags),
        CliCommand::Bridge(flags) => bridge::run(&invocation, &flags),
        CliCommand::Secret(flags) => secret::run(&invocation, flags),
        CliCommand::Merge(flags) => merge::run(&invocation, &flags),
        CliCommand::Login(flags) => login::run(&invocation, &flags),
        CliCommand::List(flags) => list::run(&invocation, &flags),
        CliCommand::Verify(flags) => verify::run(&invocation, &flags),
        CliCommand::Status(flags) => status::run(&invocation, &flags),
        CliCommand::Doctor(flags) => doctor::run(&invocation, &flags),
        CliCommand::Refresh(flags) => refresh::run(&invocation, &flags),
        CliCommand::Token(flags) => token::run(&invocation, &flags),
        CliCommand::Headers(flags) => headers::run(&invocation, &flags),
        CliCommand::Logout(flags) => logout::run(&invocation, &flags),
        CliCommand::Clients(flags) => clients::run(&invocation, &flags),
        CliCommand::Schema => files::schema(),
        CliCommand::Completions(flags) => completions::run(&invocation, &flags),
        CliCommand::Complete(flags) => complete::run(&invocation, flags),
        CliCommand::Man { dir } => files::man(&invocation, &dir),
    };
    done.unwrap_or_else(|failure| failure.eprint(terminal))
}

/// Prints an error that occurred before any command.
pub fn refuse(error: &dyn Help) -> Exit {
    Failure::error(error).eprint(&Terminal {
        out: false,
        err: false,
        person: false,
        seen: false,
        columns: None,
    })
}

fn eprint_diagnostics(diagnostics: &[Diagnostic], terminal: &Terminal) {
    let width = terminal.message_width();
    let drawn = diagnostics.iter().map(|diagnostic| diagnostic.draw(terminal.err, width) + "\n");
    eprint_raw(&drawn.collect::<Vec<_>>().join("\n"));
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count();
    if errors >= COUNTED {
        eprint_raw(&format!("\n{}\n", count(errors, "error")));
    }
}

// So many errors may not be visible at the same time.
const COUNTED: usize = 5;

// Prints messages. A terminal gets them wrapped.
fn eprint_text(text: &str) {
    match terminal_size::terminal_size_of(io::stderr()) {
        Some((terminal_size::Width(columns), _)) => {
            eprint_raw(&wrapped::lines(text, usize::from(columns)));
        }
        None => eprint_raw(text),
    }
}

// There is nowhere to report that stderr is closed.
fn eprint_raw(text: &str) {
    io::stderr().lock().write_all(text.as_bytes()).ok();
}

fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

// Prints JSON, which scripts read, and terminals show.
fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).expect("plain data");
    print(&(escaped(&text) + "\n"))
}

// Returns the clients of the declaration, even if it has errors, which are reported separately.
fn declared_clients(invocation: &Invocation<'_>) -> Vec<String> {
    let Ok((declaration, _)) = invocation.declaration() else { return vec![] };
    let clients = declaration.fields().strings("clients").map(|list| list.value);
    clients.into_iter().flatten().map(|name| name.value).collect()
}

// Suggests how to make a file private.
fn private(invocation: &Invocation<'_>, path: &Utf8Path) -> String {
    let private = ShellCommand::new("chmod 600").path(path, invocation.env);
    format!("run {}", private.or("a command that makes that file readable only for you"))
}

// Aligns cells in columns with two spaces between them.
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
