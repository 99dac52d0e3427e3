//! `setup`: leads from the clients' files to one declaration with shared sign-ins, step by step. Each step is another
//! command, which `setup` names. A step that has nothing to do is not shown.

use std::io::IsTerminal as _;

use super::{Done, Failure, Invocation, eprint_text};
use crate::cli::{Exit, Setup};
use crate::client::ClientTable;
use crate::diagnostic::Diagnostic;
use crate::suggest::ShellCommand;

mod correct;
mod declare;
mod found;
mod questions;
mod secrets;
mod sign_in;
mod verify_servers;
mod versions;
mod write_files;

use questions::{Questions, Reply};

/// One run of `setup`.
struct SetupRun<'a> {
    invocation: &'a Invocation<'a>,
    flags: &'a Setup,
    table: &'a ClientTable,
    questions: Questions,
    // Whether a person is at the terminal.
    person: bool,
    exit: Exit,
    // Whether anything was written, or anybody signed in.
    changed: bool,
    // Whether a client's file was written.
    written: bool,
    // The steps that were offered and not carried out.
    left: Vec<ShellCommand>,
}

/// Whether the next step follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    Next,
    Quit,
}

type SetupStep = fn(&mut SetupRun<'_>) -> Result<Flow, Failure>;

const STEPS: [SetupStep; 5] =
    [correct::run, declare::run, write_files::run, sign_in::run, verify_servers::run];

pub fn run(invocation: &Invocation<'_>, flags: &Setup) -> Done {
    let person = std::io::stdin().is_terminal() && invocation.terminal.person;
    if !person && !flags.yes {
        let error = Diagnostic::error("setup asks questions, and this is not a terminal");
        let yes = invocation.suggest.mcpgen("setup --yes");
        return Err(Failure::usage(
            error.help(format!("run it in a terminal, or answer every question with yes: {yes}")),
        ));
    }
    let mut session = SetupRun {
        invocation,
        flags,
        table: &invocation.table()?,
        questions: Questions::new(flags.yes),
        person,
        exit: Exit::Done,
        changed: false,
        written: false,
        left: vec![],
    };
    for step in STEPS {
        if step(&mut session)? == Flow::Quit {
            session.left.push(invocation.suggest.mcpgen("setup"));
            break;
        }
    }
    session.finish();
    Ok(session.exit)
}

impl SetupRun<'_> {
    // Shows the title of a step, and the command that does the same.
    fn title(&self, title: &str, command: &ShellCommand) {
        eprint_text(&format!("\n{title}   (this is {command})\n"));
    }

    // Asks whether to carry out a step. A step that is not carried out is named at the end.
    fn offer(&mut self, question: &str, command: &ShellCommand) -> Reply {
        let reply = self.questions.ask(question);
        if reply != Reply::Yes {
            self.left.push(command.clone());
        }
        reply
    }

    fn is_undeclared(&self) -> bool {
        !self.invocation.declaration_path().exists() || super::starter::has_starter(self.invocation)
    }

    fn finish(&self) {
        let suggest = &self.invocation.suggest;
        let mut lines = vec![];
        if self.written {
            let undo = suggest.undeclared("undo");
            lines.push(format!("to restore the clients' files: {undo}"));
        }
        lines.extend(self.left.iter().map(|command| format!("left for later: {command}")));
        if lines.is_empty() && !self.changed && self.exit == Exit::Done && !self.is_undeclared() {
            let verify = suggest.mcpgen("verify");
            lines.push(format!("nothing is left to set up; {verify} starts every server once"));
        }
        if !lines.is_empty() {
            eprint_text(&format!("\n{}\n", lines.join("\n")));
        }
    }
}
