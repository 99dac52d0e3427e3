//! `plan`.

use super::planned::plan_scope;
use super::records::load;
use super::report::steps::Tense;
use super::report::{self, Paint};
use super::{Done, Failure, Invocation, eprint_text, print};
use crate::cli::{Exit, Plan};
use crate::fs;

pub fn run(invocation: &Invocation<'_>, flags: &Plan) -> Done {
    let Some(new) = &flags.links.new_links else { return plan(invocation, flags) };
    let env = fs::plan_links(invocation.env, new, flags.links.old_links.as_deref());
    let env = env.map_err(|error| Failure::error(&error))?;
    let Invocation { terminal, global, suggest, .. } = invocation;
    plan(&Invocation { env: &env, terminal, global, suggest: suggest.clone() }, flags)
}

fn plan(invocation: &Invocation<'_>, flags: &Plan) -> Done {
    let table = invocation.table()?;
    let mut ledger = load(invocation)?;
    let planned = plan_scope(invocation, &table, &flags.scope, &mut ledger)?;
    let paint = Paint(invocation.terminal.out);
    let lines = |target| report::lines(target, invocation.env, paint, Tense::Planned);
    let diff = |target| report::diff::diff(target, invocation.env, paint);
    if flags.scope.json {
        planned.print_json(invocation.env, &[])?;
    } else if flags.diff {
        print(&planned.targets.iter().map(diff).collect::<String>())?;
    } else {
        print(&planned.targets.iter().map(lines).collect::<String>())?;
    }
    planned.eprint_errors(invocation);
    planned.eprint_exclusions(invocation);
    let changes = planned.targets.iter().any(report::is_reported);
    if !changes && planned.faults.is_empty() && invocation.terminal.person && !flags.scope.json {
        eprint_text("nothing to change\n");
    }
    let changed = if changes && flags.exit_code { Exit::Changes } else { Exit::Done };
    Ok(planned.exit.and(changed))
}
