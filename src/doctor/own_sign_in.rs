//! Finds clients that have a sign-in of their own for a server to which other clients connect too.

use std::collections::BTreeSet;

use super::client_store::OwnSignIns;
use super::input::{DoctorInput, Route};
use super::{Finding, Severity};
use crate::display::first_names;
use crate::survey::EntryReach;

pub fn findings(input: &DoctorInput<'_>) -> Vec<Finding> {
    let mut own = OwnSignIns::new(input.env);
    let mut found = vec![];
    for server in &input.servers {
        let routes: Vec<&Route<'_>> = input.routes_to(server).collect();
        // In an entry that mcpgen wrote, the client's own sign-in is declared.
        if routes.len() < 2 || routes.iter().all(|route| input.is_ours(route)) {
            continue;
        }
        let mut who: BTreeSet<&str> = BTreeSet::new();
        for route in routes.into_iter().filter(|route| !route.has_token()) {
            let EntryReach::Address { url, .. } = route.reach else { continue };
            if own.has_one(route.section, &route.entry.name, url) {
                who.insert(&route.client);
            }
        }
        if !who.is_empty() {
            found.push(own_sign_in(input, &who).about(&server.shown));
        }
    }
    found
}

fn own_sign_in(input: &DoctorInput<'_>, who: &BTreeSet<&str>) -> Finding {
    let has = if who.len() == 1 { "has a sign-in of its own" } else { "have one sign-in each" };
    let cause =
        format!("{} {has}, which no other client can use", first_names(who.iter().copied()));
    let remedy = format!(
        "to share one sign-in, declare the server with `auth = \"oauth\"`, then run {}",
        input.suggest.mcpgen("apply")
    );
    Finding::new(Severity::Note, "own-sign-in", cause, remedy)
}
