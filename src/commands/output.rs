//! Fills the output directory of `render --out` and `man`, and reports the result.

use camino::{Utf8Path, Utf8PathBuf};

use super::{Done, Failure, Invocation, count, eprint_text};
use crate::cli::Exit;
use crate::diagnostic::Diagnostic;
use crate::fs;
use crate::fs::output::{self, Files, Filled, Kind, Obstacle, OutputError};
use crate::suggest::ShellCommand;

/// Fills a directory. Reports the number of files, or why the directory cannot be filled. Files that are made from a
/// private declaration are private.
pub fn fill(invocation: &Invocation<'_>, kind: Kind, dir: &Utf8Path, files: &Files) -> Done {
    if dir.as_str().is_empty() {
        let fault = Diagnostic::error("the path of the output directory is empty");
        let help =
            format!("name a directory, for example {}", typed(invocation, kind, "result".into()));
        return Err(Failure::usage(fault.help(help)));
    }
    let private = match kind {
        Kind::Render => fs::is_private(&invocation.declaration_path()),
        Kind::Man => false,
    };
    let filled = output::fill(kind, &invocation.env.cwd.join(dir), files, private);
    let filled = filled.map_err(|error| refusal(invocation, kind, dir, &error))?;
    eprint_text(&said(&filled, &invocation.env.display(dir)));
    Ok(Exit::Done)
}

fn said(filled: &Filled, dir: &str) -> String {
    let Filled { written, unchanged, removed } = *filled;
    if written == 0 && removed == 0 && unchanged > 0 {
        let verb = if unchanged == 1 { "is" } else { "are" };
        return format!("{} in {dir} {verb} up to date\n", count(unchanged, "file"));
    }
    let others = [(unchanged, "unchanged"), (removed, "removed")];
    let others = others.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}"));
    let others = others.collect::<Vec<_>>().join(", ");
    let others = if others.is_empty() { others } else { format!(" ({others})") };
    format!("wrote {} to {dir}{others}\n", count(written, "file"))
}

fn refusal(
    invocation: &Invocation<'_>,
    kind: Kind,
    dir: &Utf8Path,
    error: &OutputError,
) -> Failure {
    let fault = Diagnostic::of_error(error);
    let OutputError::Obstacle { path, obstacle } = error else { return fault.into() };
    let another = typed(invocation, kind, &another(invocation, kind, dir));
    let fault = fault.help(format!("name a new or empty directory, for example {another}"));
    if *obstacle != Obstacle::Edited(kind) {
        return fault.into();
    }
    let remove = ShellCommand::new("rm").path(path, invocation.env);
    fault
        .help(format!("or delete the edited file with {remove}, and run this command again"))
        .into()
}

// Returns the command to type instead. For `render`, it is only the option, because the other options stay.
fn typed(invocation: &Invocation<'_>, kind: Kind, dir: &Utf8Path) -> ShellCommand {
    let start = match kind {
        Kind::Render => ShellCommand::new("--out"),
        Kind::Man => ShellCommand::new("mcpgen man"),
    };
    start.path(dir, invocation.env)
}

// Returns an unused path, inside the directory if it exists and mcpgen did not make it, otherwise next to it.
fn another(invocation: &Invocation<'_>, kind: Kind, dir: &Utf8Path) -> Utf8PathBuf {
    let there = invocation.env.cwd.join(dir).components().collect::<Utf8PathBuf>();
    if there.is_dir() && !there.is_symlink() && !output::is_output(&there) {
        return output::unused(&dir.join(format!("mcpgen-{kind}")), &invocation.env.cwd);
    }
    let beside = dir.components().collect::<Utf8PathBuf>();
    let beside = if beside.file_name().is_some() { beside } else { invocation.env.absolute(dir) };
    output::unused(&beside, &invocation.env.cwd)
}
