//! Entries that a plan cannot write, because mcpgen did not write the entries in the file.

use super::losses;
use crate::apply::target::Prepared;
use crate::commands::Invocation;
use crate::diagnostic::Diagnostic;
use crate::display::list;
use crate::suggest::ShellCommand;

/// Describes a conflict.
pub fn conflict(
    invocation: &Invocation<'_>,
    name: &str,
    target: &Prepared<'_>,
    again: &dyn Fn(&str) -> ShellCommand,
) -> Diagnostic {
    let path = invocation.env.display(target.job.path());
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
            .help(format!(
                "remove the entry with {}; {} restores it",
                again(name),
                invocation.suggest.undeclared("undo")
            ))
            .help("or rename the server in mcp.toml");
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
            .help(format!(
                "remove the entry with {}; {} restores it",
                again(by),
                invocation.suggest.undeclared("undo")
            ))
            .help("or remove the entry's name from `replaces` in mcp.toml");
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
        .help(format!("replace the entry with {}", again(name)))
        .help("or rename the server in mcp.toml")
}

fn owned_by(fault: Diagnostic, owners: &[String]) -> Diagnostic {
    let names: Vec<&str> = owners.iter().map(String::as_str).collect();
    let verb = if names.len() == 1 { "owner is" } else { "owners are" };
    fault.note(format!("the {verb} {}", list(&names)))
}
