//! Finds entries whose client does not pass on an environment variable that a secret of the server needs.

use super::input::{DoctorInput, Route};
use super::{Finding, Severity};
use crate::client::FieldRole;
use crate::launch::Launcher;
use crate::launch::inherited::RequiredVariable;
use crate::survey::EntryReach;

pub fn findings(input: &DoctorInput<'_>) -> Vec<Finding> {
    input.routes.iter().flat_map(|route| withheld(input, route)).collect()
}

fn withheld(input: &DoctorInput<'_>, route: &Route<'_>) -> Vec<Finding> {
    let EntryReach::Exec(exec) = route.reach else { return vec![] };
    let Ok(declared) = &exec.behind else { return vec![] };
    let client = route.section.client;
    let start = &declared.start;
    let required = Launcher::for_start(&start.launch, input.env).required_variables(&start.server);
    let lost = |variable: &RequiredVariable| {
        client.withholds(&variable.name) && !names(route, &variable.name)
    };
    let finding = |variable: RequiredVariable| {
        let RequiredVariable { name, secret: _, reference, finds_keyring: _ } = &variable;
        let server = &start.server.name;
        let cause = format!(
            "{} does not pass `{name}` to {}, so `{server}` cannot resolve `{reference}`",
            route.client,
            route.place(input.env)
        );
        let apply = input.suggest.with_file(&exec.declaration).mcpgen("apply");
        let remedy = match client.can_name_variables() {
            true => format!("run {}", apply.or("mcpgen apply with that declaration")),
            false => variable.remedy(),
        };
        Finding::new(Severity::Broken, "withheld", cause, remedy)
    };
    required.into_iter().filter(lost).map(finding).collect()
}

// Whether the entry names a variable, in its list or by a reference in its environment.
fn names(route: &Route<'_>, name: &str) -> bool {
    let Some(entry) = route.entry.value.as_object() else { return false };
    let spellings = route.section.client.fields();
    let listed = spellings.all(FieldRole::EnvNames, entry).any(|(_, list)| {
        let mut named = list.as_array().into_iter().flatten();
        named.any(|it| it == name || it.get("name").is_some_and(|it| it == name))
    });
    let set = spellings.all(FieldRole::Env, entry).any(|(_, env)| env.get(name).is_some());
    listed || set
}
