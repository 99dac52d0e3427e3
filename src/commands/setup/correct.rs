//! The step for a declaration with errors: the person corrects it in an editor.

use super::super::edit::{Edited, edit_until_correct};
use super::super::{Failure, eprint_text};
use super::{Flow, Reply, SetupRun};
use crate::cli::Exit;

pub fn run(session: &mut SetupRun<'_>) -> Result<Flow, Failure> {
    if session.is_undeclared() {
        return Ok(Flow::Next);
    }
    let invocation = session.invocation;
    let Err(errors) = invocation.model(session.table) else { return Ok(Flow::Next) };
    errors.eprint(invocation.terminal);
    let edit = invocation.suggest.mcpgen("edit");
    if !session.person || session.flags.yes {
        session.left.push(edit);
        session.exit = Exit::Error;
        return Ok(Flow::Quit);
    }
    session.title("the declaration has errors", &edit);
    if session.offer("open it in your editor?", &edit) == Reply::Yes {
        match edit_until_correct(invocation, true)? {
            Edited::Correct | Edited::Unchanged => {
                eprint_text("no errors\n");
                return Ok(Flow::Next);
            }
            Edited::Errors => {}
        }
    }
    session.exit = Exit::Error;
    Ok(Flow::Quit)
}
