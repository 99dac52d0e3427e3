//! Whether the callback address of a sign-in can be listened on.

use std::collections::BTreeMap;

use super::scene::{Called, Scene};
use super::{Finding, Severity};
use crate::fs::ports::{Listener, listeners};

pub fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let mut ports: BTreeMap<u16, Vec<(&str, Called<'_>)>> = BTreeMap::new();
    for server in &scene.servers {
        for called in scene.calls_to(server) {
            if called.way.has_token() || called.way.signed_in {
                continue;
            }
            let port = called.call.base_port(called.files.key());
            ports.entry(port).or_default().push((&server.shown, called));
        }
    }
    let wanted: Vec<u16> = ports.keys().copied().collect();
    let mut found = vec![];
    for (port, listener) in listeners(&wanted) {
        for (server, called) in ports.remove(&port).unwrap_or_default() {
            // A bridge of this server's that is signing in right now: the others follow it.
            if !listener.command.contains(&called.call.url) {
                found.push(taken(&called, port, &listener).about(server));
                break;
            }
        }
    }
    found
}

fn taken(called: &Called<'_>, port: u16, listener: &Listener) -> Finding {
    let call = called.call;
    let fixed =
        call.port.is_some() || call.client_id.is_some() || call.client_metadata_url.is_some();
    let who = match (&listener.name, listener.pid) {
        (Some(name), Some(pid)) => format!("`{name}` (process {pid})"),
        (Some(_) | None, _) => "another program".to_owned(),
    };
    let (severity, then) = if fixed {
        (Severity::Broken, "so nobody can sign in")
    } else {
        (Severity::Warning, "so a sign-in moves on to the next, and is thrown away later")
    };
    let remedy = match listener.pid {
        Some(pid) => format!("end that program (`kill {pid}`), then sign in with `mcpgen login`"),
        None => "end the program that listens there, then sign in with `mcpgen login`".to_owned(),
    };
    Finding::new(
        severity,
        "port",
        format!("the callback port {port} is taken by {who}, {then}"),
        remedy,
    )
}
