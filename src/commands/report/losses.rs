//! The user's own fields that a plan removes: their names, never their values.

use serde_json::{Value, json};

use crate::apply::target::Prepared;
use crate::display::{list, printable};
use crate::paths::Environment;
use crate::plan::{Loss, Step};
use crate::secret::literal;

/// Lists the fields that a plan removes from some files, one line for each entry.
pub fn notes<'a>(targets: impl Iterator<Item = &'a Prepared<'a>>, env: &Environment) -> String {
    let file = |target: &Prepared<'_>| {
        let path = env.display(target.job.path());
        let steps = target.plan.steps.iter();
        let with =
            steps.filter_map(|(name, step)| Some((name, step, target.plan.losses.get(name)?)));
        with.filter_map(|(name, step, losses)| note(&shown(name), step, losses, &path)).collect()
    };
    targets.map(file).collect::<Vec<String>>().concat()
}

fn note(name: &str, step: &Step, losses: &[Loss], path: &str) -> Option<String> {
    let fields = fields(losses);
    Some(match step {
        Step::Adopt => format!("note: adopting `{name}` in {path} removes its {fields}\n"),
        Step::Replace { .. } => {
            format!(
                "note: replacing `{name}` in {path} removes {fields}, which mcpgen did not write\n"
            )
        }
        Step::Remove => {
            let count = super::super::count(losses.len(), "field");
            format!(
                "note: removing `{name}` from {path} also removes {count} that mcpgen did not write: {fields}\n"
            )
        }
        Step::Keep
        | Step::Theirs
        | Step::Join
        | Step::Release
        | Step::Disable
        | Step::Enter
        | Step::Add
        | Step::Forget
        | Step::Leave
        | Step::Conflict => return None,
    })
}

/// Joins the names of fields: `` `env` (TENANT) and `cwd` ``.
pub fn fields(losses: &[Loss]) -> String {
    let field = |Loss { field, keys }: &Loss| match keys.as_slice() {
        [] => format!("`{}`", shown(field)),
        keys => {
            let keys: Vec<String> = keys.iter().map(|key| shown(key)).collect();
            format!("`{}` ({})", shown(field), keys.join(", "))
        }
    };
    let fields: Vec<String> = losses.iter().map(field).collect();
    list(&fields.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Returns the fields of one entry as JSON.
pub fn json(losses: Option<&Vec<Loss>>) -> Value {
    let masked = |name: &String| literal::mask(name);
    let loss = |Loss { field, keys }: &Loss| json!({ "field": masked(field), "keys": keys.iter().map(masked).collect::<Vec<_>>() });
    losses.into_iter().flatten().map(loss).collect()
}

// A name may look like a secret too.
fn shown(name: &str) -> String {
    printable(&literal::mask(name))
}
