//! The step that signs in, to one server after the other.

use super::super::login::sign_in_all;
use super::super::sign_ins::signed_out;
use super::super::{Failure, eprint_text};
use super::{Flow, Reply, SetupRun};
use crate::cli::{Exit, Login};
use crate::display::list;

pub fn run(session: &mut SetupRun<'_>) -> Result<Flow, Failure> {
    let invocation = session.invocation;
    let model = invocation.model(session.table)?;
    let missing = signed_out(&model, invocation.env);
    if missing.is_empty() {
        return Ok(Flow::Next);
    }
    let login = |names: &[&str]| {
        invocation.suggest.mcpgen("login").operands(names.iter().copied()).or("mcpgen login")
    };
    if !session.person {
        let command = login(&missing);
        eprint_text(&format!(
            "\nnot signed in to {}: this needs you and a browser\n",
            list(&missing)
        ));
        session.left.push(command);
        return Ok(Flow::Next);
    }
    for name in missing {
        let command = login(&[name]);
        session.title(&format!("the sign-in to {name}"), &command);
        match session.offer("sign in now, in your browser?", &command) {
            Reply::Yes => {}
            Reply::No => continue,
            Reply::Quit => return Ok(Flow::Quit),
        }
        let done = sign_in_all(invocation, &Login::to(name), &session.questions.pasted);
        let exit = done.unwrap_or_else(|failure| failure.eprint(invocation.terminal));
        match exit {
            Exit::Done => session.changed = true,
            Exit::Error | Exit::Usage | Exit::Changes | Exit::Conflict => {
                session.left.push(command)
            }
        }
        session.exit = session.exit.and(exit);
    }
    Ok(Flow::Next)
}
