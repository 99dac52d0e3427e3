//! The servers that get a secret in an argument, which other programs can read.

use std::collections::BTreeSet;

use crate::apply::target::Prepared;

/// Returns a line for each such server of the files of a plan.
pub fn notes<'a>(targets: impl Iterator<Item = &'a Prepared<'a>>) -> String {
    let exposed: BTreeSet<&String> =
        targets.flat_map(|target| &target.job.rendered.exposed).collect();
    exposed.iter().map(|server| format!("note: {}\n", note(server))).collect()
}

/// Says of a server that it gets a secret in an argument.
pub fn note(server: &str) -> String {
    format!(
        "`{server}` gets a secret in an argument, and every user of this machine can read the arguments of a running program"
    )
}
