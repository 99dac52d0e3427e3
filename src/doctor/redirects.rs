//! Finds settings of a redirect URL that a client ignores in its own sign-in.

use serde_json::{Map, Value};

use super::input::{DoctorInput, Route};
use super::{Finding, Severity};
use crate::client::{Client, FieldRole, SignInSetting};
use crate::survey::EntryReach;

pub fn findings(input: &DoctorInput<'_>) -> Vec<Finding> {
    input.routes.iter().flat_map(|route| ignored(input, route)).collect()
}

fn ignored(input: &DoctorInput<'_>, route: &Route<'_>) -> Vec<Finding> {
    let EntryReach::Address { .. } = route.reach else { return vec![] };
    let Some(entry) = route.entry.value.as_object() else { return vec![] };
    let client = route.section.client;
    let finding = |path: Vec<&str>| {
        let field = path.join(".");
        let place = route.place(input.env);
        let fixed = client.sign_in.as_ref().and_then(|fields| fields.redirects.first());
        let (why, remedy) = match fixed {
            Some(url) => (
                format!(": the redirect URL of its sign-in is always `{url}`"),
                format!("remove `{field}`, and register `{url}` at the authorization server"),
            ),
            None => (String::new(), format!("remove `{field}` from the entry")),
        };
        let cause = format!("{} ignores `{field}` in {place}{why}", route.client);
        Finding::new(Severity::Warning, "redirect", cause, remedy)
    };
    redirects(client, entry).into_iter().map(finding).collect()
}

// Returns the paths of the settings for which the client has no field.
fn redirects<'e>(client: &Client, entry: &'e Map<String, Value>) -> Vec<Vec<&'e str>> {
    let spellings = client.fields();
    let is = |key: &String| spellings.is(FieldRole::Redirect, key);
    let top = entry.keys().filter(|key| is(key)).map(|key| vec![key.as_str()]);
    let inside = entry.iter().filter(|(key, _)| spellings.is(FieldRole::SignIn, key));
    let inside = inside.filter_map(|(key, value)| Some((key, value.as_object()?)));
    let inside = inside.flat_map(|(key, table)| {
        table.keys().filter(|name| is(name)).map(move |name| vec![key.as_str(), name.as_str()])
    });
    top.chain(inside).filter(|path| !has(client, path)).collect()
}

fn has(client: &Client, path: &[&str]) -> bool {
    let known = [SignInSetting::Port, SignInSetting::RedirectUrl];
    client.sign_in.as_ref().is_some_and(|fields| {
        known.into_iter().any(|setting| fields.path(setting).is_some_and(|it| it == path))
    })
}
