//! Whether all who reach a server share one sign-in.

use std::collections::{BTreeMap, BTreeSet};

use super::difference::Difference;
use super::scene::{Called, Scene, Server, Way};
use super::{Finding, Severity, some};
use crate::auth::bridge_version::{BridgeVersion, Feature};
use crate::auth::cache::SignInFiles;
use crate::survey::Reach;

/// Since then a registration for another callback address is deleted at every start.
const DELETES_REGISTRATIONS: BridgeVersion = BridgeVersion::new(0, 1, 42);
/// Since then a sign-in for another scope is deleted at every start.
const COMPARES_SCOPES: BridgeVersion = BridgeVersion::new(0, 4, 0);

pub fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let mut found = vec![];
    for server in &scene.servers {
        let calls = scene.calls_to(server);
        // Where everybody sends a token, nobody signs in.
        if calls.iter().any(|called| !called.way.has_token()) {
            found.extend(differences(scene, &calls));
            found.extend(one_key(scene, &calls));
        }
        found.extend(elsewhere(scene, server));
        found.extend(by_themselves(scene, server));
        found.extend(twice(scene, server));
        for finding in found.iter_mut().filter(|finding| finding.server.is_none()) {
            finding.server = Some(server.shown.clone());
        }
    }
    found.extend(other_paths(scene));
    found
}

fn differences(scene: &Scene<'_>, calls: &[Called<'_>]) -> Vec<Finding> {
    let Some(usual) = usual(calls) else { return vec![] };
    let others = calls.iter().filter(|called| called.files != usual.files);
    let finding = |called: &Called<'_>| {
        let all = Difference::all(*called, usual);
        let finding = |difference: &Difference| {
            let cause = difference.cause(&called.way.who, &called.call.url);
            let remedy = difference.remedy(&called.way.place(scene.env), usual, scene.suggest);
            Finding::new(Severity::Warning, difference.code(), cause, remedy)
        };
        all.iter().map(finding).collect::<Vec<_>>()
    };
    others.flat_map(finding).collect()
}

// What the others are measured by: what a declaration says, else what shares its folder with most.
fn usual<'c>(calls: &[Called<'c>]) -> Option<Called<'c>> {
    let mut counts: BTreeMap<&SignInFiles, usize> = BTreeMap::new();
    for called in calls {
        *counts.entry(called.files).or_default() += 1;
    }
    let rank = |called: &Called<'_>| {
        let ours = matches!(called.way.reach, Reach::Exec(_));
        let shared = called.bridge.version.has(Feature::SharedDirectory);
        let tidy = !called.call.url.ends_with('/');
        (ours, shared, counts[called.files], tidy, called.bridge.version)
    };
    // Of equals the first.
    calls.iter().rev().max_by_key(|called| rank(called)).copied()
}

// One key, and yet they take each other's sign-in away.
fn one_key(scene: &Scene<'_>, calls: &[Called<'_>]) -> Vec<Finding> {
    let mut clusters: BTreeMap<&SignInFiles, Vec<Called<'_>>> = BTreeMap::new();
    for called in calls {
        clusters.entry(called.files).or_default().push(*called);
    }
    let clusters = clusters.values().filter(|cluster| cluster.len() > 1);
    clusters
        .flat_map(|cluster| [redirects(scene, cluster), scopes(cluster), ids(cluster)])
        .flatten()
        .collect()
}

fn redirects(scene: &Scene<'_>, cluster: &[Called<'_>]) -> Option<Finding> {
    let redirect = |called: &Called<'_>| {
        called.call.redirect_uri(scene.env.os, called.call.base_port(called.files.key()))
    };
    let deletes = cluster.iter().any(|called| called.bridge.version >= DELETES_REGISTRATIONS);
    let dynamic: Vec<Called<'_>> =
        cluster.iter().filter(|called| called.call.client_id.is_none()).copied().collect();
    let (one, other) = apart(&dynamic, redirect).filter(|_| deletes)?;
    Some(Finding::new(
        Severity::Broken,
        "callback",
        format!(
            "{} and {} have one cache key and two callback addresses: each deletes the other's registration",
            one.way.who, other.way.who
        ),
        format!(
            "write the same port, `--host` and `--callback-path`: `{}` or `{}`",
            redirect(&one),
            redirect(&other)
        ),
    ))
}

fn scopes(cluster: &[Called<'_>]) -> Option<Finding> {
    let compares = cluster.iter().any(|called| called.bridge.version >= COMPARES_SCOPES);
    let (one, other) = apart(cluster, |called| called.call.scope.clone()).filter(|_| compares)?;
    Some(Finding::new(
        Severity::Broken,
        "scope",
        format!(
            "{} and {} have one cache key and ask for two scopes: they sign each other out",
            one.way.who, other.way.who
        ),
        "pass the same `--static-oauth-client-metadata` everywhere",
    ))
}

fn ids(cluster: &[Called<'_>]) -> Option<Finding> {
    let (one, other) = apart(cluster, |called| called.call.client_id.clone())?;
    Some(Finding::new(
        Severity::Warning,
        "client-id",
        format!(
            "{} and {} have one cache key and two client ids: neither can renew the other's sign-in",
            one.way.who, other.way.who
        ),
        "pass the same `--static-oauth-client-info` everywhere",
    ))
}

// The first two that differ in something.
fn apart<'c, T: PartialEq>(
    cluster: &[Called<'c>],
    of: impl Fn(&Called<'_>) -> T,
) -> Option<(Called<'c>, Called<'c>)> {
    let (first, rest) = cluster.split_first()?;
    let other = rest.iter().find(|other| of(other) != of(first))?;
    Some((*first, *other))
}

fn elsewhere(scene: &Scene<'_>, server: &Server) -> Vec<Finding> {
    let ways = scene.ways_to(server).filter(|way| !way.has_token());
    let finding = |way: &Way<'_>| {
        let start = &way.reach.bridge()?.start;
        let (who, place) = (&way.who, way.place(scene.env));
        if start.is_elsewhere() {
            return Some(Finding::new(
                Severity::Warning,
                "elsewhere",
                format!(
                    "{who} starts the bridge in another home folder (WSL or a container), with sign-ins of its own"
                ),
                format!("start it without, for {place}"),
            ));
        }
        start.expands.then(|| {
            Finding::new(
                Severity::Note,
                "shell",
                format!("{who} starts the bridge by a shell, which fills in variables before the bridge names the sign-in"),
                format!("write the bridge's arguments without a shell, for {place}"),
            )
        })
    };
    ways.filter_map(finding).collect()
}

fn by_themselves(scene: &Scene<'_>, server: &Server) -> Option<Finding> {
    let ways: Vec<&Way<'_>> = scene.ways_to(server).filter(|way| !way.has_token()).collect();
    let direct: Vec<&&Way<'_>> =
        ways.iter().filter(|way| matches!(way.reach, Reach::Address { .. })).collect();
    // What mcpgen wrote so is declared so.
    let declared = ways.iter().all(|way| scene.is_ours(way));
    if direct.is_empty() || ways.len() < 2 || declared {
        return None;
    }
    let who: BTreeSet<&str> = direct.iter().map(|way| way.client.as_str()).collect();
    let cause = if who.len() == 1 {
        format!("{} connects by itself, so a sign-in of its own is not shared", some(&who))
    } else {
        format!("{} connect by themselves, so each keeps a sign-in of its own", some(&who))
    };
    let remedy = format!(
        "to share one, declare the server with `auth = \"oauth\"`, then run {}",
        scene.suggest.mcpgen("apply")
    );
    Some(Finding::new(Severity::Note, "by-itself", cause, remedy))
}

fn twice(scene: &Scene<'_>, server: &Server) -> Vec<Finding> {
    let mut names: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for way in scene.ways_to(server) {
        let place = (way.who.as_str(), way.section.path.as_str());
        names.entry(place).or_default().insert(&way.entry.name);
    }
    let several = names.into_iter().filter(|(_, names)| names.len() > 1);
    let finding = |((who, _), names): ((&str, &str), BTreeSet<&str>)| {
        let named: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let cause = format!("{who} has this server {} times: {}", names.len(), named.join(", "));
        Finding::new(Severity::Note, "twice", cause, "take out all but one")
    };
    several.map(finding).collect()
}

// The same entry at two addresses of one host: `/sse` here and `/mcp` there.
fn other_paths(scene: &Scene<'_>) -> Vec<Finding> {
    let mut hosts: BTreeMap<(String, String), Vec<(&str, &str)>> = BTreeMap::new();
    for server in &scene.servers {
        for way in scene.ways_to(server) {
            let host = crate::model::url::parts(&server.shown).host.to_owned();
            let name = way.entry.name.to_ascii_lowercase();
            hosts.entry((host, name)).or_default().push((&server.shown, &way.who));
        }
    }
    let mut found = vec![];
    for ((_, name), ways) in hosts {
        let Some((first, who)) = ways.first() else { continue };
        let Some((other, whom)) = ways.iter().find(|(shown, _)| shown != first) else { continue };
        let cause = format!("{who} reaches `{name}` here and {whom} at `{other}`: two sign-ins");
        let finding =
            Finding::new(Severity::Warning, "address", cause, "write the same address in both");
        found.push(finding.about(first));
    }
    found
}
