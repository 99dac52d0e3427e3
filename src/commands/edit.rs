//! `edit`: opens the declaration in an editor, checks it afterwards, and offers to apply it.

use std::io::IsTerminal as _;
use std::process::Command;

use camino::Utf8Path;

use super::ask::ask;
use super::declaration_file::DeclarationFile;
use super::{Done, Failure, Invocation, apply, eprint_diagnostics, eprint_text};
use crate::cli::{Apply, Exit};
use crate::diagnostic::Diagnostic;
use crate::paths::{Environment, Os};

pub fn run(invocation: &Invocation<'_>) -> Done {
    let path = invocation.declaration_path();
    let shown = invocation.env.display(&path);
    if !path.exists() {
        let init = invocation.suggest.mcpgen("init");
        let error = Diagnostic::error(format!("the declaration `{shown}` does not exist"));
        return Err(error.help(format!("write a declaration with {init}")).into());
    }
    let person = std::io::stdin().is_terminal() && invocation.terminal.person;
    match edit_until_correct(invocation, person)? {
        Edited::Unchanged => {
            eprint_text(&format!("{shown} is unchanged\n"));
            return Ok(Exit::Done);
        }
        Edited::Errors => return Ok(Exit::Error),
        Edited::Correct => {}
    }
    if person && ask("no errors. Write the clients' files now?", false) {
        return apply::apply(invocation, Apply::default());
    }
    eprint_text(&format!("no errors; next: {}\n", invocation.suggest.mcpgen("plan")));
    Ok(Exit::Done)
}

/// The declaration after it was open in an editor.
pub enum Edited {
    /// Not changed, and without errors.
    Unchanged,
    /// Without errors.
    Correct,
    /// With errors, which have been reported.
    Errors,
}

/// Opens the declaration in an editor, and again as long as it has errors and the person wants to continue.
///
/// # Errors
/// Fails if the editor fails or the declaration cannot be read.
pub fn edit_until_correct(invocation: &Invocation<'_>, person: bool) -> Result<Edited, Failure> {
    let path = invocation.declaration_path();
    let before = DeclarationFile::read(invocation)?;
    let table = invocation.table()?;
    loop {
        open(invocation.env, &path)?;
        let after = DeclarationFile::read(invocation)?;
        let text = after.text(invocation)?;
        match DeclarationFile::check(invocation, &table, text) {
            Ok(_) if before.text(invocation)? == text => return Ok(Edited::Unchanged),
            Ok(_) => return Ok(Edited::Correct),
            Err(errors) => {
                eprint_diagnostics(&errors, invocation.terminal);
                if !(person && ask("\nedit again?", true)) {
                    return Ok(Edited::Errors);
                }
            }
        }
    }
}

// As for git, the variable is a command of the shell, so it can contain options: `code --wait`.
fn open(env: &Environment, path: &Utf8Path) -> Result<(), Failure> {
    let named =
        ["VISUAL", "EDITOR"].iter().find_map(|name| env.var(name)).filter(|it| !it.is_empty());
    let mut command = match (env.os, named) {
        (Os::Windows, editor) => {
            let mut command = Command::new("cmd");
            command.args(["/c", editor.unwrap_or("notepad")]).arg(path);
            command
        }
        (Os::Linux | Os::Macos, editor) => {
            let mut command = Command::new("sh");
            let editor = editor.unwrap_or("vi");
            command.args(["-c", &format!("{editor} \"$1\""), "sh"]).arg(path);
            command
        }
    };
    let failed = |why: String| {
        let error = Diagnostic::error(format!("the editor failed: {why}"));
        Failure::from(
            error.help("set the environment variable EDITOR to an editor on this machine"),
        )
    };
    let status = command.status().map_err(|error| failed(error.to_string()))?;
    match status.success() {
        true => Ok(()),
        false => Err(failed(status.to_string())),
    }
}
