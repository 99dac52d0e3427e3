//! `uninstall`: removes what mcpgen wrote and keeps on this machine. It shows everything first.

use std::io::IsTerminal as _;

use super::ask::ask;
use super::{Done, Failure, Invocation, eprint_text, print};
use crate::apply::undo;
use crate::cli::{Exit, Uninstall};
use crate::diagnostic::Diagnostic;
use crate::suggest::ShellCommand;

mod completions;
mod entries;
mod secrets;
mod sign_ins;
mod state;
mod timer;

/// One kind of thing that mcpgen leaves on a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leftover {
    SignIns,
    Entries,
    Timer,
    Completions,
    Secrets,
    State,
}

/// Everything that mcpgen leaves, in the order in which it is removed. Signing out may need a secret. The records come
/// last, because they say which entries are mcpgen's.
const LEFTOVERS: [Leftover; 6] = [
    Leftover::SignIns,
    Leftover::Entries,
    Leftover::Timer,
    Leftover::Completions,
    Leftover::Secrets,
    Leftover::State,
];

impl Leftover {
    // Returns lines about what is there. None: there is nothing to remove.
    fn found(self, invocation: &Invocation<'_>) -> Result<Vec<String>, Failure> {
        match self {
            Self::SignIns => sign_ins::found(invocation),
            Self::Entries => entries::found(invocation),
            Self::Timer => timer::found(invocation),
            Self::Completions => Ok(completions::found(invocation)),
            Self::Secrets => Ok(secrets::found(invocation)),
            Self::State => Ok(state::found(invocation)),
        }
    }

    fn remove(self, invocation: &Invocation<'_>) -> Done {
        match self {
            Self::SignIns => sign_ins::remove(invocation),
            Self::Entries => entries::remove(invocation),
            Self::Timer => timer::remove(invocation),
            Self::Completions => completions::remove(invocation),
            Self::Secrets => secrets::remove(invocation),
            Self::State => state::remove(invocation),
        }
    }

    // Returns the question about what other programs may use too, and whether a flag answers it.
    fn question(self, flags: &Uninstall) -> Option<(&'static str, bool)> {
        match self {
            Self::SignIns => {
                Some(("remove these sign-ins, which mcp-remote uses too?", flags.sign_ins))
            }
            Self::Secrets => Some(("remove these secrets?", flags.secrets)),
            Self::Entries | Self::Timer | Self::Completions | Self::State => None,
        }
    }
}

pub fn run(invocation: &Invocation<'_>, flags: &Uninstall) -> Done {
    let mut found = vec![];
    for leftover in LEFTOVERS {
        let lines = leftover.found(invocation)?;
        if !lines.is_empty() {
            found.push((leftover, lines));
        }
    }
    if found.is_empty() {
        eprint_text("nothing of mcpgen is on this machine\n");
        return stays(invocation, Exit::Done);
    }
    let has_entries = found.iter().any(|(leftover, _)| *leftover == Leftover::Entries);
    if has_entries && undo::is_possible(invocation.env) {
        let undo = invocation.suggest.undeclared("undo");
        eprint_text(&format!(
            "entries that mcpgen replaced are removed, not restored; {undo} restores those of the \
             last apply, as long as mcpgen's records exist\n\n"
        ));
    }
    let person = std::io::stdin().is_terminal() && invocation.terminal.person;
    let mut chosen = vec![];
    let mut kept = vec![];
    for (leftover, lines) in found {
        print(&lines.concat())?;
        let wanted = leftover
            .question(flags)
            .is_none_or(|(question, flag)| flag || (person && !flags.yes && ask(question, false)));
        if wanted { &mut chosen } else { &mut kept }.push(leftover);
    }
    if !flags.yes && !person {
        return Err(unconfirmed(invocation));
    }
    if !flags.yes && !ask("remove all this now?", false) {
        eprint_text("nothing was changed\n");
        return Ok(Exit::Error);
    }
    let mut exit = Exit::Done;
    for leftover in chosen {
        // Without the records, nobody knows which of the remaining entries are mcpgen's.
        if leftover == Leftover::State && exit != Exit::Done {
            eprint_text("mcpgen's records stay, because something could not be removed\n");
            continue;
        }
        let done = leftover.remove(invocation);
        exit = exit.and(done.unwrap_or_else(|failure| failure.eprint(invocation.terminal)));
    }
    if kept.contains(&Leftover::SignIns) {
        eprint_text("the sign-ins stay, and mcp-remote can use them\n");
    }
    if kept.contains(&Leftover::Secrets) {
        eprint_text("the secrets stay\n");
    }
    stays(invocation, exit)
}

fn unconfirmed(invocation: &Invocation<'_>) -> Failure {
    let error = Diagnostic::error("nothing was removed, because this is not a terminal");
    let yes = invocation.suggest.mcpgen("uninstall --yes");
    let all = invocation.suggest.mcpgen("uninstall --yes --sign-ins --secrets");
    Failure::usage(
        error
            .help(format!("to remove all this, except sign-ins and secrets, run {yes}"))
            .help(format!("to remove sign-ins and secrets too, run {all}")),
    )
}

// Says what the user wrote, and how to remove it.
fn stays(invocation: &Invocation<'_>, exit: Exit) -> Done {
    let declaration = invocation.declaration_path();
    if declaration.exists() {
        let shown = invocation.env.display(&declaration);
        let remove = ShellCommand::new("rm").path(&declaration, invocation.env);
        let remove = remove.or("a file manager");
        eprint_text(&format!("your declaration {shown} stays; remove it with {remove}\n"));
    }
    Ok(exit)
}
