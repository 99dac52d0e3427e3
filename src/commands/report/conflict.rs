//! Entries that a plan cannot write, because mcpgen did not write the entries in the file.

use super::losses;
use crate::apply::target::Prepared;
use crate::commands::Invocation;
use crate::diagnostic::Diagnostic;
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
        return with(fault, "removing it")
            .in_file(path.as_str(), None)
            .help(format!(
                "remove the entry with {}; {} restores it",
                again(by),
                invocation.suggest.undeclared("undo")
            ))
            .help("or remove the entry's name from `replaces` in mcp.toml");
    }
    let fault = match target.others.name(name) {
        None => Diagnostic::error(format!(
            "the file already has an entry `{name}` that mcpgen did not write"
        )),
        Some(owner) => Diagnostic::error(format!(
            "the file already has an entry `{name}` that belongs to another owner"
        ))
        .note(format!("the owner is `{owner}`")),
    };
    with(fault, "adopting it")
        .in_file(path, None)
        .help(format!("replace the entry with {}", again(name)))
        .help("or rename the server in mcp.toml")
}
