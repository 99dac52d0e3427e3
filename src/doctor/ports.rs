//! Checks whether a bridge can listen on the callback port of a sign-in.

use std::collections::BTreeMap;

use super::input::{DoctorInput, TracedCall};
use super::{Finding, Severity};
use crate::auth::call::BridgeCall;
use crate::auth::callback::ask_identity;
use crate::auth::login::BLOCKED_PORTS;
use crate::fs::ports::{Listener, hidden, listeners};
use crate::suggest::ShellCommand;

pub fn findings(input: &DoctorInput<'_>) -> Vec<Finding> {
    let mut ports: BTreeMap<u16, Vec<(&str, TracedCall<'_>)>> = BTreeMap::new();
    for server in &input.servers {
        for called in input.calls_to(server) {
            if called.route.has_token() || called.route.signed_in {
                continue;
            }
            let port = called.call.base_port(called.files.key());
            ports.entry(port).or_default().push((&server.shown, called));
        }
    }
    let wanted: Vec<u16> = ports.keys().copied().collect();
    let mut found: Vec<Finding> = BLOCKED_PORTS
        .iter()
        .filter_map(|port| {
            let mut all = ports.get(port)?.iter();
            all.find_map(|(on, called)| Some((on, refused(input, called, *port)?)))
        })
        .map(|(server, finding)| finding.about(server))
        .collect();
    for (port, mut listener) in listeners(&wanted) {
        let identity = ask_identity(port);
        if listener.pid.is_none() {
            let said = identity.as_ref().and_then(|identity| hidden(identity.pid?));
            listener = said.unwrap_or(listener);
        }
        for (server, called) in ports.remove(&port).unwrap_or_default() {
            // A bridge that is signing in to the same server is not an error: the other bridges wait for it.
            let key = called.files.key().as_str();
            let follows = identity.as_ref().is_some_and(|identity| identity.key == key);
            if !follows && !listener.command.contains(&called.call.url) {
                found.push(taken(input, &called, port, &listener).about(server));
                break;
            }
        }
    }
    found
}

// Reports a port that browsers refuse to open. The native bridge uses the next port if the port is not registered.
fn refused(input: &DoctorInput<'_>, called: &TracedCall<'_>, port: u16) -> Option<Finding> {
    let registered = is_registered(called.call);
    if called.bridge.is_native() && !registered {
        return None;
    }
    let severity = if registered { Severity::Broken } else { Severity::Warning };
    let remedy = match (registered, called.call.port) {
        (true, _) => "register a callback URL with another port, and pass that port in every entry"
            .to_owned(),
        (false, Some(_)) => {
            "pass another port after the URL, the same port in every entry".to_owned()
        }
        (false, None) => {
            format!("sign in with {}, which uses the next port", input.suggest.mcpgen("login"))
        }
    };
    let cause = format!(
        "browsers refuse to open the callback port {port}, so a sign-in with that port \
         cannot finish"
    );
    Some(Finding::new(severity, "browser-port", cause, remedy))
}

// Returns whether the callback URL is registered with the server, so that the port cannot change.
fn is_registered(call: &BridgeCall) -> bool {
    call.client_id.is_some() || call.client_metadata_url.is_some()
}

fn taken(
    input: &DoctorInput<'_>,
    called: &TracedCall<'_>,
    port: u16,
    listener: &Listener,
) -> Finding {
    let call = called.call;
    let fixed = call.port.is_some() || is_registered(call);
    let who = match (&listener.name, listener.pid) {
        (Some(name), Some(pid)) => format!("`{name}` (process {pid})"),
        (Some(_) | None, _) => "another program".to_owned(),
    };
    let (severity, then) = if fixed {
        (Severity::Broken, "so nobody can sign in")
    } else {
        (
            Severity::Warning,
            "so a sign-in uses another port, and the bridge deletes that sign-in later",
        )
    };
    let end = match listener.pid {
        Some(pid) => {
            format!(
                "stop that program with {}",
                ShellCommand::new("kill").operand(&pid.to_string())
            )
        }
        None => "stop the program that listens on that port".to_owned(),
    };
    let remedy = format!("{end}, then sign in with {}", input.suggest.mcpgen("login"));
    Finding::new(
        severity,
        "port",
        format!("the callback port {port} is in use by {who}, {then}"),
        remedy,
    )
}
