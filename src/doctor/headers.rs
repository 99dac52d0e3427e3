//! Finds what takes precedence over the headers that `mcpgen headers` prints for an entry.

use super::client_store::OwnSignIns;
use super::input::{DoctorInput, Route};
use super::{Finding, Severity};
use crate::client::FieldRole;
use crate::entry::launch_fields;
use crate::survey::EntryScope;

pub fn findings(input: &DoctorInput<'_>) -> Vec<Finding> {
    let mut own = OwnSignIns::new(input.env);
    let mut found = vec![];
    for route in input.routes.iter().filter(|route| route.reach.prints_headers()) {
        found.extend(own_sign_in(input, route, &mut own));
        found.extend(fixed_header(input, route));
        found.extend(same_name(input, route));
    }
    found
}

fn own_sign_in(
    input: &DoctorInput<'_>,
    route: &Route<'_>,
    own: &mut OwnSignIns<'_>,
) -> Option<Finding> {
    let client = route.section.client;
    let first = client.headers_helper.as_ref().is_some_and(|helper| helper.own_sign_in_first);
    let url = route.reach.url()?;
    if !first || !own.has_one(route.section, &route.entry.name, url) {
        return None;
    }
    let place = route.place(input.env);
    let cause = format!(
        "{} has a sign-in of its own for {place}, and uses it in place of the shared sign-in",
        route.client
    );
    let remedy = format!("sign out of the server in {}", client.title);
    Some(Finding::new(Severity::Warning, "headers-own-sign-in", cause, remedy))
}

fn fixed_header(input: &DoctorInput<'_>, route: &Route<'_>) -> Option<Finding> {
    let spellings = route.section.client.fields();
    let fields = launch_fields(route.entry.value.as_object()?, spellings);
    let tables = [FieldRole::Headers, FieldRole::HeaderVariables];
    let mut tables = tables.into_iter().flat_map(|role| spellings.all(role, fields));
    let is_fixed = |(name, value): (&String, &serde_json::Value)| {
        let printed = value.as_str().is_some_and(|value| value.starts_with("$("));
        name.eq_ignore_ascii_case("authorization") && !printed
    };
    let in_table =
        tables.any(|(_, table)| table.as_object().is_some_and(|table| table.iter().any(is_fixed)));
    let named = spellings.all(FieldRole::TokenVariable, fields).next().is_some();
    if !in_table && !named {
        return None;
    }
    let place = route.place(input.env);
    let cause = format!(
        "{place} has a token of its own, which {} may send in place of the shared sign-in",
        route.client
    );
    let remedy = match input.is_ours(route) {
        true => format!("run {}", input.suggest.mcpgen("apply")),
        false => "remove the token from the entry".to_owned(),
    };
    Some(Finding::new(Severity::Warning, "headers-token", cause, remedy))
}

// A client reads the entry of a project or of a directory in place of the user's entry with the same name.
fn same_name(input: &DoctorInput<'_>, route: &Route<'_>) -> Option<Finding> {
    if route.section.scope != EntryScope::User {
        return None;
    }
    let other = input.routes.iter().find(|other| {
        other.section.client.name == route.section.client.name
            && other.entry.name == route.entry.name
            && other.section.scope != EntryScope::User
            && !other.reach.prints_headers()
    })?;
    let cause = format!(
        "{} uses {} in place of {}, and so not the headers of the shared sign-in",
        other.client,
        other.place(input.env),
        route.place(input.env)
    );
    let remedy = format!("remove or rename {}", other.place(input.env));
    Some(Finding::new(Severity::Warning, "headers-other-entry", cause, remedy))
}
