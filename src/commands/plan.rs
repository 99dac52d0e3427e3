//! `plan`.

use super::planned::plan_scope;
use super::records::load;
use super::report::{self, Paint};
use super::{Done, Invocation, eprint_text, print};
use crate::cli::{Exit, Plan};

pub fn run(invocation: &Invocation<'_>, flags: &Plan) -> Done {
    let table = invocation.table()?;
    let mut ledger = load(invocation)?;
    let planned = plan_scope(invocation, &table, &flags.scope, &mut ledger)?;
    let paint = Paint(invocation.terminal.out);
    let lines = |target| report::lines(target, invocation.env, paint);
    let diff = |target| report::diff::diff(target, invocation.env, paint);
    if flags.scope.json {
        planned.print_json(invocation.env, &[])?;
    } else if flags.diff {
        print(&planned.targets.iter().map(diff).collect::<String>())?;
    } else {
        print(&planned.targets.iter().map(lines).collect::<String>())?;
    }
    planned.eprint_errors(invocation);
    let changes = planned.targets.iter().any(report::is_reported);
    if !changes && planned.faults.is_empty() && invocation.terminal.person && !flags.scope.json {
        eprint_text("nothing to change\n");
    }
    let changed = if changes && flags.exit_code { Exit::Changes } else { Exit::Done };
    Ok(planned.exit.and(changed))
}
