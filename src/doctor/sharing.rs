//! Checks whether all entries for a server share one sign-in.

use std::collections::{BTreeMap, BTreeSet};

use super::difference::Difference;
use super::input::{DoctorInput, ReachedServer, Route, TracedCall};
use super::{Finding, Severity};
use crate::auth::bridge_version::{BridgeVersion, Feature};
use crate::auth::cache::SignInFiles;
use crate::display::first_names;
use crate::survey::EntryReach;

/// The first version that deletes a registration for another callback URL at every start.
const DELETES_REGISTRATIONS: BridgeVersion = BridgeVersion::new(0, 1, 42);
/// The first version that deletes a sign-in for another scope at every start.
const COMPARES_SCOPES: BridgeVersion = BridgeVersion::new(0, 4, 0);

pub fn findings(input: &DoctorInput<'_>) -> Vec<Finding> {
    let mut found = vec![];
    for server in &input.servers {
        let calls = input.calls_to(server);
        // If every entry sends a token, no entry signs in.
        if calls.iter().any(|called| !called.route.has_token()) {
            found.extend(differences(input, &calls));
            found.extend(one_key(input, &calls));
        }
        found.extend(elsewhere(input, server));
        found.extend(by_themselves(input, server));
        found.extend(twice(input, server));
        for finding in found.iter_mut().filter(|finding| finding.server.is_none()) {
            finding.server = Some(server.shown.clone());
        }
    }
    found.extend(other_paths(input));
    found
}

fn differences(input: &DoctorInput<'_>, calls: &[TracedCall<'_>]) -> Vec<Finding> {
    let Some(usual) = usual(calls) else { return vec![] };
    let others = calls.iter().filter(|called| called.files != usual.files);
    let finding = |called: &TracedCall<'_>| {
        let all = Difference::all(*called, usual);
        let finding = |difference: &Difference| {
            let cause = difference.cause(&called.route.who, &called.call.url);
            let remedy =
                difference.remedy(&input.place_to_correct(called.route), usual, input.suggest);
            Finding::new(Severity::Warning, difference.code(), cause, remedy)
        };
        all.iter().map(finding).collect::<Vec<_>>()
    };
    others.flat_map(finding).collect()
}

// Returns the call that the others are compared with: a declared one, otherwise the one that most entries share.
fn usual<'c>(calls: &[TracedCall<'c>]) -> Option<TracedCall<'c>> {
    let mut counts: BTreeMap<&SignInFiles, usize> = BTreeMap::new();
    for called in calls {
        *counts.entry(called.files).or_default() += 1;
    }
    let rank = |called: &TracedCall<'_>| {
        let ours = matches!(called.route.reach, EntryReach::Exec(_));
        let shared = called.bridge.version.has(Feature::SharedDirectory);
        let tidy = !called.call.url.ends_with('/');
        (ours, shared, counts[called.files], tidy, called.bridge.version)
    };
    // `max_by_key` returns the last of equals, so `rev` makes it the first.
    calls.iter().rev().max_by_key(|called| rank(called)).copied()
}

// Finds entries that share one cache key and delete each other's sign-in.
fn one_key(input: &DoctorInput<'_>, calls: &[TracedCall<'_>]) -> Vec<Finding> {
    let mut clusters: BTreeMap<&SignInFiles, Vec<TracedCall<'_>>> = BTreeMap::new();
    for called in calls {
        clusters.entry(called.files).or_default().push(*called);
    }
    let clusters = clusters.values().filter(|cluster| cluster.len() > 1);
    clusters
        .flat_map(|cluster| [redirects(input, cluster), scopes(cluster), ids(cluster)])
        .flatten()
        .collect()
}

fn redirects(input: &DoctorInput<'_>, cluster: &[TracedCall<'_>]) -> Option<Finding> {
    let redirect = |called: &TracedCall<'_>| {
        called.call.redirect_uri(input.env.os, called.call.base_port(called.files.key()))
    };
    let deletes = cluster.iter().any(|called| called.bridge.version >= DELETES_REGISTRATIONS);
    let dynamic: Vec<TracedCall<'_>> =
        cluster.iter().filter(|called| called.call.client_id.is_none()).copied().collect();
    let (one, other) = apart(&dynamic, redirect).filter(|_| deletes)?;
    Some(Finding::new(
        Severity::Broken,
        "callback",
        format!(
            "{} and {} share a sign-in but use different callback URLs, so each deletes \
             the other's registration",
            one.route.who, other.route.who
        ),
        format!(
            "use one callback URL in both entries (port, `--host`, `--callback-path`): \
             `{}` or `{}`",
            redirect(&one),
            redirect(&other)
        ),
    ))
}

fn scopes(cluster: &[TracedCall<'_>]) -> Option<Finding> {
    let compares = cluster.iter().any(|called| called.bridge.version >= COMPARES_SCOPES);
    let (one, other) = apart(cluster, |called| called.call.scope.clone()).filter(|_| compares)?;
    Some(Finding::new(
        Severity::Broken,
        "scope",
        format!(
            "{} and {} share a sign-in but request different scopes, so each signs the other out",
            one.route.who, other.route.who
        ),
        "pass the same `--static-oauth-client-metadata` in every entry",
    ))
}

fn ids(cluster: &[TracedCall<'_>]) -> Option<Finding> {
    let (one, other) = apart(cluster, |called| called.call.client_id.clone())?;
    Some(Finding::new(
        Severity::Warning,
        "client-id",
        format!(
            "{} and {} share a sign-in but use different client ids, so neither can \
             refresh the other's tokens",
            one.route.who, other.route.who
        ),
        "pass the same `--static-oauth-client-info` in every entry",
    ))
}

// Returns the first two calls that differ in a value.
fn apart<'c, T: PartialEq>(
    cluster: &[TracedCall<'c>],
    of: impl Fn(&TracedCall<'_>) -> T,
) -> Option<(TracedCall<'c>, TracedCall<'c>)> {
    let (first, rest) = cluster.split_first()?;
    let other = rest.iter().find(|other| of(other) != of(first))?;
    Some((*first, *other))
}

fn elsewhere(input: &DoctorInput<'_>, server: &ReachedServer) -> Vec<Finding> {
    let routes = input.routes_to(server).filter(|route| !route.has_token());
    let finding = |route: &Route<'_>| {
        let start = &route.reach.bridge()?.start;
        let (who, place) = (&route.who, route.place(input.env));
        if start.is_elsewhere() {
            return Some(Finding::new(
                Severity::Warning,
                "elsewhere",
                format!(
                    "{who} starts the bridge in WSL or a container, where another home \
                     directory has separate sign-ins"
                ),
                format!("start the bridge without WSL or a container in {place}"),
            ));
        }
        start.expands.then(|| {
            Finding::new(
                Severity::Note,
                "shell",
                format!(
                    "{who} starts the bridge through a shell, which expands variables in the \
                     arguments, so the sign-in depends on their values"
                ),
                format!("start the bridge without a shell in {place}"),
            )
        })
    };
    routes.filter_map(finding).collect()
}

fn by_themselves(input: &DoctorInput<'_>, server: &ReachedServer) -> Option<Finding> {
    let routes: Vec<&Route<'_>> =
        input.routes_to(server).filter(|route| !route.has_token()).collect();
    let direct: Vec<&&Route<'_>> =
        routes.iter().filter(|route| matches!(route.reach, EntryReach::Address { .. })).collect();
    // In an entry that mcpgen wrote, a direct connection is declared.
    let declared = routes.iter().all(|route| input.is_ours(route));
    if direct.is_empty() || routes.len() < 2 || declared {
        return None;
    }
    let who: BTreeSet<&str> = direct.iter().map(|route| route.client.as_str()).collect();
    let cause = if who.len() == 1 {
        format!(
            "{} connects to this server directly, so it does not use the sign-in of the other clients",
            first_names(who)
        )
    } else {
        format!(
            "{} connect to this server directly, so they share no sign-in: each client asks for its own",
            first_names(who)
        )
    };
    let remedy = format!(
        "if the server requires a sign-in, declare the server with `auth = \"oauth\"`, then run {}",
        input.suggest.mcpgen("apply")
    );
    Some(Finding::new(Severity::Warning, "by-itself", cause, remedy))
}

fn twice(input: &DoctorInput<'_>, server: &ReachedServer) -> Vec<Finding> {
    let mut names: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for route in input.routes_to(server) {
        let place = (route.who.as_str(), route.section.path.as_str());
        names.entry(place).or_default().insert(&route.entry.name);
    }
    let several = names.into_iter().filter(|(_, names)| names.len() > 1);
    let finding = |((who, _), names): ((&str, &str), BTreeSet<&str>)| {
        let named: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let cause = format!("{who} has this server {} times: {}", names.len(), named.join(", "));
        let remedy = "remove all but one of the entries; if they are for different accounts, \
                      declare each with its own `account`";
        Finding::new(Severity::Note, "twice", cause, remedy)
    };
    several.map(finding).collect()
}

// Finds entries of one name with two URLs of one host, such as `/sse` and `/mcp`.
fn other_paths(input: &DoctorInput<'_>) -> Vec<Finding> {
    let mut hosts: BTreeMap<(String, String), Vec<(&str, &str)>> = BTreeMap::new();
    for server in &input.servers {
        for route in input.routes_to(server) {
            let host = crate::model::url::parts(&server.shown).host.to_owned();
            let name = route.entry.name.to_ascii_lowercase();
            hosts.entry((host, name)).or_default().push((&server.shown, &route.who));
        }
    }
    let mut found = vec![];
    for ((_, name), routes) in hosts {
        let Some((first, who)) = routes.first() else { continue };
        let Some((other, whom)) = routes.iter().find(|(shown, _)| shown != first) else { continue };
        let cause = format!(
            "{who} uses this URL for `{name}` and {whom} uses `{other}`, so they have \
             separate sign-ins"
        );
        let finding =
            Finding::new(Severity::Warning, "address", cause, "write the same URL in both entries");
        found.push(finding.about(first));
    }
    found
}
