//! Entries that a plan cannot write, because mcpgen did not write the entries in the file.

use super::losses;
use crate::apply::target::Prepared;
use crate::commands::Invocation;
use crate::diagnostic::Diagnostic;
use crate::display::list;
use crate::suggest::ShellCommand;

/// The help for a conflict. Under home-manager, the user changes options.
struct ConflictRemedy<'a> {
    invocation: &'a Invocation<'a>,
    again: &'a dyn Fn(&str) -> ShellCommand,
    is_home_manager: bool,
}

impl ConflictRemedy<'_> {
    fn adopt(&self, what: &str, name: &str) -> String {
        if self.is_home_manager {
            return format!("{what} the entry with `programs.mcpgen.adopt = [ {name:?} ];`");
        }
        format!("{what} the entry with {}", (self.again)(name))
    }

    fn remove(&self, name: &str) -> String {
        let undo = self.invocation.suggest.undeclared("undo");
        format!("{}; {undo} restores it", self.adopt("remove", name))
    }

    fn servers(&self) -> &'static str {
        if self.is_home_manager { "`programs.mcpgen.servers`" } else { "mcp.toml" }
    }
}

/// Describes a conflict.
pub fn conflict(
    invocation: &Invocation<'_>,
    name: &str,
    target: &Prepared<'_>,
    again: &dyn Fn(&str) -> ShellCommand,
) -> Diagnostic {
    let path = invocation.env.display(target.job.path());
    let is_home_manager = invocation.env.planned_links().is_some();
    let remedy = ConflictRemedy { invocation, again, is_home_manager };
    let losses = target.plan.losses.get(name);
    let with = |fault: Diagnostic, what: &str| match losses {
        Some(losses) => {
            fault.note(format!("{what} would remove {} of this entry", losses::fields(losses)))
        }
        None => fault,
    };
    let owners: Vec<String> =
        target.others.names(name).iter().map(|owner| format!("`{owner}`")).collect();
    if let Some(main) = &target.job.layer_of {
        let client = &target.job.client().title;
        let fault = Diagnostic::error(format!(
            "{client} reads `{name}` from this file too, which would change mcpgen's entry"
        ))
        .note(format!("the file with the entry of mcpgen is {}", invocation.env.display(main)));
        return with(fault, "removing it")
            .in_file(path.as_str(), None)
            .help(remedy.remove(name))
            .help(format!("or rename the server in {}", remedy.servers()));
    }
    if let Some(by) = target.job.rendered.replaces.get(name) {
        let fault = Diagnostic::error(format!(
            "`{name}` is still in the file, and the server `{by}` replaces this entry"
        ));
        let fault = match owners.as_slice() {
            [] => fault,
            owners => owned_by(fault, owners).note(format!(
                "if the declaration of another owner still has `{name}`, its next apply adds the entry again"
            )),
        };
        return with(fault, "removing it")
            .in_file(path.as_str(), None)
            .help(remedy.remove(by))
            .help(format!("or remove the entry's name from `replaces` in {}", remedy.servers()));
    }
    let has = format!("the file already has an entry `{name}` that");
    let fault = match owners.as_slice() {
        [] => Diagnostic::error(format!("{has} mcpgen did not write")),
        owners @ [_] => {
            owned_by(Diagnostic::error(format!("{has} belongs to another owner")), owners)
        }
        owners => owned_by(Diagnostic::error(format!("{has} belongs to other owners")), owners),
    };
    with(fault, "adopting it")
        .in_file(path, None)
        .help(remedy.adopt("replace", name))
        .help(format!("or rename the server in {}", remedy.servers()))
}

fn owned_by(fault: Diagnostic, owners: &[String]) -> Diagnostic {
    let names: Vec<&str> = owners.iter().map(String::as_str).collect();
    let verb = if names.len() == 1 { "owner is" } else { "owners are" };
    fault.note(format!("the {verb} {}", list(&names)))
}
