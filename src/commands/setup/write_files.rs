//! The step that writes the clients' files.

use super::super::planned::plan_scope;
use super::super::records::load;
use super::super::{Failure, apply, eprint_diagnostics, plan, report};
use super::{Flow, Reply, SetupRun};
use crate::cli::{Apply, Exit, Plan, Scope};

pub fn run(session: &mut SetupRun<'_>) -> Result<Flow, Failure> {
    let invocation = session.invocation;
    let scope = || Scope { adopt_all: true, ..Scope::default() };
    let mut ledger = load(invocation)?;
    let planned = plan_scope(invocation, session.table, &scope(), &mut ledger)?;
    let changes = planned.targets.iter().any(report::is_reported);
    let errors = planned.faults.iter().filter(|fault| fault.is_error()).cloned();
    let errors: Vec<_> = errors.collect();
    if !changes {
        eprint_diagnostics(&errors, invocation.terminal);
        session.exit = session.exit.and(planned.exit);
        return Ok(Flow::Next);
    }
    drop(planned);
    let command = invocation.suggest.mcpgen("apply --adopt-all");
    session.title("the changes to the clients' files", &command);
    plan::run(invocation, &Plan { scope: scope(), diff: true, ..Plan::default() })?;
    match session.offer("make these changes?", &command) {
        Reply::Yes => {}
        Reply::No => return Ok(Flow::Next),
        Reply::Quit => return Ok(Flow::Quit),
    }
    let flags = Apply { scope: scope(), keep_going: true, is_step: true, ..Apply::default() };
    let exit = apply::apply(invocation, flags)?;
    (session.changed, session.written) = (true, true);
    session.exit = session.exit.and(exit);
    Ok(if exit == Exit::Usage { Flow::Quit } else { Flow::Next })
}
