//! Checks of the arguments that entries pass to the bridge.

use super::input::{DoctorInput, Route, shown};
use super::{Finding, Severity};
use crate::auth::call::BridgeCallError;
use crate::diagnostic::Help as _;
use crate::entry::bridge::Wrapper;
use crate::paths::Os;
use crate::placeholder;
use crate::suggest::ShellCommand;
use crate::survey::{EntryReach, FoundBridge};

pub fn findings(input: &DoctorInput<'_>) -> Vec<Finding> {
    let mut found = vec![];
    for route in &input.routes {
        let Some(bridge) = route.reach.bridge() else { continue };
        let server = bridge.call.as_ref().ok().map(|call| call.url.clone());
        let server = server.and_then(|url| shown_server(input, route, &url));
        let all =
            [refused(input, route, bridge), spaces(input, route, bridge), port(route, bridge)];
        let all = all
            .into_iter()
            .flatten()
            .chain(headers(route, bridge))
            .chain(unset(input, route, bridge));
        found.extend(all.map(|finding| match &server {
            Some(server) => finding.about(server),
            None => finding,
        }));
    }
    found
}

fn shown_server(input: &DoctorInput<'_>, route: &Route<'_>, url: &str) -> Option<String> {
    let at = input.routes.iter().position(|other| std::ptr::eq(other, route))?;
    let server = input.servers.iter().find(|server| server.routes.contains(&at));
    Some(server.map_or_else(|| shown(url), |server| server.shown.clone()))
}

fn refused(input: &DoctorInput<'_>, route: &Route<'_>, bridge: &FoundBridge) -> Option<Finding> {
    let (why, help) = match (&bridge.call, &bridge.refused) {
        (Err(error), _) => (not_a_call(error), error.help()),
        (Ok(_), Some(error)) => (error.to_string(), error.help()),
        (Ok(_), None) => return None,
    };
    let cause = format!("{} cannot start {}: {why}", route.who, route.place(input.env));
    let list = || {
        format!(
            "correct the arguments of the bridge, which {} describes",
            ShellCommand::new("mcpgen help bridge")
        )
    };
    Some(Finding::new(Severity::Broken, "call", cause, help.unwrap_or_else(list)))
}

// The argument in the place of the URL may be a secret in an unknown form, so no message shows it.
fn not_a_call(error: &BridgeCallError) -> String {
    match error {
        BridgeCallError::NotAUrl(_) => "the first argument of the bridge is not a URL".to_owned(),
        BridgeCallError::PlainHttp(url) => BridgeCallError::PlainHttp(shown(url)).to_string(),
        BridgeCallError::Resource(_) => {
            "the value of `--resource` is not an absolute URL".to_owned()
        }
        BridgeCallError::NoUrl
        | BridgeCallError::AuthorizeParam
        | BridgeCallError::ReservedParam(_)
        | BridgeCallError::TokenEndpoint { .. }
        | BridgeCallError::Port(_)
        | BridgeCallError::NoFile(_)
        | BridgeCallError::NotJson(_)
        | BridgeCallError::Provider(_) => error.to_string(),
    }
}

// `npx` on Windows is a batch file, which splits an argument at its spaces.
fn spaces(input: &DoctorInput<'_>, route: &Route<'_>, bridge: &FoundBridge) -> Option<Finding> {
    let batch = input.env.os == Os::Windows || bridge.start.wrappers.contains(&Wrapper::Cmd);
    let spaced = bridge.start.args.iter().any(|arg| arg.contains(' '));
    let parted = batch && !bridge.is_native();
    (parted && spaced && matches!(route.reach, EntryReach::Bridge(_))).then(|| {
        Finding::new(
            Severity::Warning,
            "space",
            format!(
                "{} passes an argument with a space, and npx on Windows splits the argument \
                 there",
                route.who
            ),
            "pass the header as `Name:${VALUE}`, and set VALUE in `env`",
        )
    })
}

// The argument after the URL is the port, unless it is an option.
fn port(route: &Route<'_>, bridge: &FoundBridge) -> Option<Finding> {
    let second = bridge.start.args.get(1)?;
    let number = second.chars().all(|c| c.is_ascii_digit());
    (!second.starts_with("--") && !number && bridge.call.is_ok()).then(|| {
        Finding::new(
            Severity::Warning,
            "argument",
            format!(
                "{} passes the bridge a second argument that is neither a port nor an option",
                route.who
            ),
            "to pass a token, write `--header`, `Authorization:${TOKEN}`, and set TOKEN in `env`",
        )
    })
}

// The bridge ignores a header without a colon, and everything that Windows splits off at a space.
fn headers(route: &Route<'_>, bridge: &FoundBridge) -> Vec<Finding> {
    let pairs = bridge.start.args.windows(2).filter(|pair| pair[0] == "--header");
    let bad = |text: &str| {
        let name = text.split_once(':').map(|(name, _)| name);
        let good = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        name.is_none_or(|name| name.is_empty() || !name.chars().all(good))
    };
    let empty = |text: &str| text.ends_with(':');
    let finding = |pair: &[String]| {
        let cause = match (bad(&pair[1]), empty(&pair[1])) {
            (true, _) => format!(
                "{} passes a `--header` that is not of the form `Name:value`, so the \
                 bridge ignores the header",
                route.who
            ),
            (false, true) => {
                format!("{} passes the header `{}` without a value", route.who, pair[1])
            }
            (false, false) => return None,
        };
        let remedy = "write `--header`, `Name:${VALUE}`, and set VALUE in `env`";
        Some(Finding::new(Severity::Broken, "header-text", cause, remedy))
    };
    pairs.filter_map(finding).collect()
}

// The bridge sends `${NAME}` itself if the environment variable is not set.
fn unset(input: &DoctorInput<'_>, route: &Route<'_>, bridge: &FoundBridge) -> Vec<Finding> {
    let (EntryReach::Bridge(_), Ok(call)) = (route.reach, &bridge.call) else { return vec![] };
    let known = |name: &str| bridge.start.env.contains_key(name) || input.env.var(name).is_some();
    let missing = call.headers.iter().flat_map(|(header, text)| {
        variables(text).into_iter().filter(|name| !known(name)).map(move |name| (header, name))
    });
    let finding = |(header, name): (&String, &str)| {
        Finding::new(
            Severity::Broken,
            "variable",
            format!(
                "{} passes the header `{header}` with `${{{name}}}`, and {name} is not set",
                route.who
            ),
            format!("set {name} in the `env` of {}", input.place_to_correct(route)),
        )
    };
    missing.map(finding).collect()
}

fn variables(text: &str) -> Vec<&str> {
    let good = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let found = placeholder::known(text).into_iter();
    let found = found.filter(|it| it.is_in_braces() && it.name.chars().all(good));
    found.map(|it| it.name).collect()
}
