//! What older bridges do with a sign-in that others share.

use super::scene::Scene;
use super::{Finding, Severity};
use crate::auth::era::{BridgeVersion, Feature};

/// Since then one bridge at a time renews a sign-in.
const LEASE: BridgeVersion = BridgeVersion::new(0, 8, 3);
/// Seen to renew only once the server refuses the token.
const LATE: [BridgeVersion; 3] =
    [BridgeVersion::new(0, 2, 1), BridgeVersion::new(0, 3, 1), BridgeVersion::new(0, 8, 2)];
/// Seen to fail where a fastmcp server refuses the token.
const LOST: [BridgeVersion; 2] = [BridgeVersion::new(0, 1, 38), BridgeVersion::new(0, 8, 2)];

pub fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let mut found = vec![];
    for server in &scene.servers {
        let calls = scene.calls_to(server);
        for called in calls.iter().filter(|called| !called.way.has_token()) {
            let version = called.bridge.version;
            if version >= LEASE {
                continue;
            }
            let apart = calls.iter().any(|other| other.files.folder() != called.files.folder());
            // Where it is told from the others already, nothing is added.
            if apart && !version.has(Feature::SharedFolder) {
                continue;
            }
            let shares = calls.iter().filter(|other| other.files == called.files).count() > 1;
            let severity = if shares { Severity::Warning } else { Severity::Note };
            let cause =
                format!("{}'s mcp-remote {version} {}", called.way.who, habit(version, shares));
            let newest = BridgeVersion::NEWEST;
            let remedy = format!("write `mcp-remote@{newest}` for {}", called.way.place(scene.env));
            found.push(Finding::new(severity, "old", cause, remedy).about(&server.shown));
        }
    }
    found
}

fn habit(version: BridgeVersion, shares: bool) -> &'static str {
    if shares {
        return "renews without asking who else does, which may sign all of them out";
    }
    match (LOST.contains(&version), LATE.contains(&version)) {
        (true, _) => "loses its sign-in where a fastmcp server refuses the token",
        (false, true) => "renews a sign-in only once the server refuses it",
        (false, false) => "is old: two of it may sign each other out",
    }
}
