//! Finds entries that break a rule of their client, so that the client ignores the entry or the whole file, and entries
//! with a URL to which the client cannot connect.

use url::Url;

use super::input::{DoctorInput, Route};
use super::{Finding, Severity};
use crate::client::{RuleEffect, Transport};
use crate::survey::EntryReach;

pub fn findings(input: &DoctorInput<'_>) -> Vec<Finding> {
    let mut found = vec![];
    for section in input.sections {
        let title = &section.client.title;
        let path = input.env.display(&section.path);
        for entry in section.entries.iter().flatten() {
            let Some(fields) = entry.value.as_object() else { continue };
            let place = format!("`{}` in {path}", entry.name);
            for (violation, effect) in section.client.violations(fields) {
                let cause = match effect {
                    RuleEffect::Entry => format!("{title} ignores {place}: {violation}"),
                    RuleEffect::File => {
                        format!("{title} rejects the whole file because of {place}: {violation}")
                    }
                };
                found.push(Finding::new(Severity::Broken, "rule", cause, violation.remedy(&place)));
            }
        }
    }
    found.extend(input.routes.iter().filter_map(|route| bad_url(input, route)));
    found.extend(input.routes.iter().filter_map(|route| not_supported(input, route)));
    found
}

// A URL may contain a secret, so no message shows it.
fn bad_url(input: &DoctorInput<'_>, route: &Route<'_>) -> Option<Finding> {
    let EntryReach::Address { url, transport: _, headers: _ } = route.reach else { return None };
    // The client replaces variables.
    if url.contains(['$', '{']) {
        return None;
    }
    let (client, place) = (route.section.client, route.place(input.env));
    let why = match Url::parse(url.trim()) {
        Ok(parsed) if client.connects_over(parsed.scheme()) => return None,
        Ok(parsed) if url.trim().starts_with(&format!("{}://", parsed.scheme())) => {
            format!("`{}` is not a scheme of a URL that it can open", parsed.scheme())
        }
        Ok(_) | Err(url::ParseError::RelativeUrlWithoutBase) => {
            "the URL does not start with `https://` or `http://`".to_owned()
        }
        Err(error) => format!("the URL is not valid: {error}"),
    };
    let cause = format!("{} cannot connect to {place}: {why}", route.who);
    Some(Finding::new(
        Severity::Broken,
        "url",
        cause,
        format!("correct the URL of {}", input.place_to_correct(route)),
    ))
}

fn not_supported(input: &DoctorInput<'_>, route: &Route<'_>) -> Option<Finding> {
    let EntryReach::Address { url: _, transport, headers: _ } = route.reach else { return None };
    let client = route.section.client;
    let remote = [Transport::Http, Transport::Sse];
    let accepted = match transport {
        Some(transport) => client.accepts(*transport),
        None => remote.iter().any(|transport| client.accepts(*transport)),
    };
    let over = transport.map_or("URLs".to_owned(), |it| format!("servers over {}", it.name()));
    let place = route.place(input.env);
    let cause = format!("{} ignores {place}: it cannot connect to {over}", route.client);
    let remedy = format!(
        "declare the server in mcp.toml, then run {}: the client then starts a bridge",
        input.suggest.mcpgen("apply")
    );
    (!accepted).then(|| Finding::new(Severity::Broken, "transport", cause, remedy))
}
