//! `completions`: prints the completion script of a shell, or installs it.

use camino::Utf8Path;

use super::{Done, Failure, Invocation, eprint_text, print};
use crate::cli::{Completions, Exit};
use crate::completion::{Shell, WrittenScript, install, installed, uninstall};
use crate::diagnostic::Diagnostic;

pub fn run(invocation: &Invocation<'_>, flags: &Completions) -> Done {
    match (flags.shell, flags.install) {
        (shell, true) => write(invocation, shell.map_or_else(|| current(invocation), Ok)?),
        (Some(shell), false) if !flags.uninstall => {
            print(shell.script())?;
            Ok(Exit::Done)
        }
        (shell, false) => remove(invocation, shell),
    }
}

fn current(invocation: &Invocation<'_>) -> Result<Shell, Failure> {
    let named = invocation.env.var("SHELL").and_then(Shell::of_program);
    named.ok_or_else(|| {
        let names = Shell::ALL.map(Shell::name).join(", ");
        let error = Diagnostic::error("the environment variable SHELL does not name a known shell");
        Failure::usage(error.help(format!("name the shell: {names}")))
    })
}

fn write(invocation: &Invocation<'_>, shell: Shell) -> Done {
    let remaining = shell.remaining(invocation.env);
    let Some(path) = shell.file(invocation.env) else {
        let (line, file) = remaining.unwrap_or_default();
        let error = Diagnostic::error(format!("{} has no directory of completions", shell.name()));
        return Err(Failure::usage(error.help(format!("add this line to {file}: {line}"))));
    };
    let done = install(shell, &path).map_err(|error| Failure::error(&error))?;
    let shown = invocation.env.display(&path);
    let next = match remaining {
        Some((line, file)) => format!("add this line to {file}, if it is not there: {line}\n"),
        None => "it takes effect in new shells\n".to_owned(),
    };
    match done {
        WrittenScript::Written => eprint_text(&format!("wrote {shown}\n{next}")),
        WrittenScript::Unchanged => eprint_text(&format!("{shown} is up to date\n")),
    }
    Ok(Exit::Done)
}

fn remove(invocation: &Invocation<'_>, shell: Option<Shell>) -> Done {
    let one = shell.and_then(|shell| Some((shell, shell.file(invocation.env)?)));
    let all = || installed(invocation.env);
    let files = if shell.is_some() { one.into_iter().collect() } else { all() };
    let mut removed = 0;
    for (_, path) in files {
        if uninstall(&path).map_err(|error| Failure::error(&error))? {
            eprint_text(&removal(invocation, &path));
            removed += 1;
        }
    }
    if removed == 0 {
        eprint_text("no completion script was found\n");
    }
    Ok(Exit::Done)
}

fn removal(invocation: &Invocation<'_>, path: &Utf8Path) -> String {
    format!("removed {}\n", invocation.env.display(path))
}
