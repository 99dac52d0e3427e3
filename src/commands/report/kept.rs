//! The entries that a disabled server replaces and that stay, because they are not mcpgen's.

use crate::apply::target::Prepared;
use crate::paths::Environment;
use crate::plan::Step;

/// Returns a note for each such entry of a file.
pub fn of_file(target: &Prepared<'_>, env: &Environment) -> Vec<String> {
    let disabled = target.job.rendered.disabled.iter();
    let stays = |name: &String| target.plan.steps.get(name) == Some(&Step::Leave);
    let note = |(entry, server): (&String, &String)| {
        let file = env.display(target.job.path());
        let stays =
            format!("the server `{server}` is disabled, but the entry `{entry}` in {file} stays");
        match target.others.names(entry).is_empty() {
            true => format!("{stays}, because mcpgen did not write it"),
            false => format!("{stays}, because it belongs to another owner"),
        }
    };
    disabled.filter(|(entry, server)| entry != server && stays(entry)).map(note).collect()
}
