//! The step that starts every server once, after something has changed.

use super::super::sign_ins::signed_out;
use super::super::{Failure, verify};
use super::{Flow, Reply, SetupRun};
use crate::cli::Verify;

pub fn run(session: &mut SetupRun<'_>) -> Result<Flow, Failure> {
    if !session.changed {
        return Ok(Flow::Next);
    }
    let invocation = session.invocation;
    let model = invocation.model(session.table)?;
    let missing = signed_out(&model, invocation.env);
    let servers = model.servers.iter().map(|server| server.name.as_str());
    let servers: Vec<String> =
        servers.filter(|name| !missing.contains(name)).map(str::to_owned).collect();
    if servers.is_empty() {
        return Ok(Flow::Next);
    }
    let command = invocation.suggest.mcpgen("verify");
    let command = match missing.is_empty() {
        true => command,
        false => command.operands(servers.iter().map(String::as_str)).or("mcpgen verify"),
    };
    session.title("a check of the servers", &command);
    if session.offer("start every server once, as the clients do?", &command) == Reply::Yes {
        let exit = verify::run(invocation, &Verify::of(servers))?;
        session.exit = session.exit.and(exit);
    }
    Ok(Flow::Next)
}
