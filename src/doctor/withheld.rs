//! Finds entries whose client does not pass on an environment variable that the program needs: a variable of a secret,
//! or the proxy of a bridge.

use super::input::{DoctorInput, Route};
use super::{Finding, Severity};
use crate::client::FieldRole;
use crate::entry::launch_fields;
use crate::http;
use crate::launch::Launcher;
use crate::launch::inherited::RequiredVariable;
use crate::survey::EntryReach;

pub fn findings(input: &DoctorInput<'_>) -> Vec<Finding> {
    let secrets = input.routes.iter().flat_map(|route| withheld(input, route));
    secrets.chain(input.routes.iter().filter_map(|route| proxy(input, route))).collect()
}

// The proxy of the environment in which `doctor` runs. A bridge without it connects directly.
fn proxy(input: &DoctorInput<'_>, route: &Route<'_>) -> Option<Finding> {
    let bridge = route.reach.bridge().filter(|_| !route.reach.prints_headers())?;
    let url = &bridge.call.as_ref().ok()?.url;
    let client = route.section.client;
    let name = http::proxy_variable(input.env, url)?;
    let set = bridge.start.env.contains_key(name) || names(route, name);
    if set || !client.withholds(name) {
        return None;
    }
    let place = route.place(input.env);
    let cause = format!(
        "{} does not pass `{name}` to {place}, so the bridge connects to the server without the proxy",
        route.client
    );
    let remedy = match input.is_ours(route) {
        true => format!(
            "if the server can be reached only through the proxy, write it in mcp.toml: \
             [launch] env = {{ {name} = \"…\" }}"
        ),
        false => format!(
            "if the server can be reached only through the proxy, add `{name}` to the environment \
             of the entry"
        ),
    };
    Some(Finding::new(Severity::Note, "proxy-withheld", cause, remedy))
}

fn withheld(input: &DoctorInput<'_>, route: &Route<'_>) -> Vec<Finding> {
    let EntryReach::Exec(exec) = route.reach else { return vec![] };
    let helper = route.section.client.headers_helper.as_ref();
    if exec.prints_headers && !helper.is_some_and(|helper| helper.cleared) {
        return vec![];
    }
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
    let entry = launch_fields(entry, spellings);
    let listed = spellings.all(FieldRole::EnvNames, entry).any(|(_, list)| {
        let mut named = list.as_array().into_iter().flatten();
        named.any(|it| it == name || it.get("name").is_some_and(|it| it == name))
    });
    let set = spellings.all(FieldRole::Env, entry).any(|(_, env)| env.get(name).is_some());
    listed || set
}
