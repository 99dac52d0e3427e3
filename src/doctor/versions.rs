//! What older bridges do with a sign-in that others share.

use super::input::{DoctorInput, TracedCall};
use super::{Finding, Severity};
use crate::auth::bridge_version::{BridgeVersion, Feature};

/// Since then one bridge at a time renews a sign-in.
const LEASE: BridgeVersion = BridgeVersion::new(0, 8, 3);
/// Seen to renew only once the server refuses the token.
const LATE: [BridgeVersion; 3] =
    [BridgeVersion::new(0, 2, 1), BridgeVersion::new(0, 3, 1), BridgeVersion::new(0, 8, 2)];
/// Seen to fail where a fastmcp server refuses the token.
const LOST: [BridgeVersion; 2] = [BridgeVersion::new(0, 1, 38), BridgeVersion::new(0, 8, 2)];

pub fn findings(input: &DoctorInput<'_>) -> Vec<Finding> {
    let mut found = vec![];
    for server in &input.servers {
        let calls = input.calls_to(server);
        found.extend(two_kinds(&calls).map(|finding| finding.about(&server.shown)));
        for called in calls.iter().filter(|called| !called.route.has_token()) {
            let version = called.bridge.version;
            if version >= LEASE {
                continue;
            }
            let apart =
                calls.iter().any(|other| other.files.directory() != called.files.directory());
            // Where it is told from the others already, nothing is added.
            if apart && !version.has(Feature::SharedDirectory) {
                continue;
            }
            let shares = calls.iter().filter(|other| other.files == called.files).count() > 1;
            let severity = if shares { Severity::Warning } else { Severity::Note };
            let cause =
                format!("{}'s mcp-remote {version} {}", called.route.who, habit(version, shares));
            let newest = calls.iter().find(|other| other.bridge.is_native()).unwrap_or(called);
            let remedy =
                format!("write {} for {}", newest.advised(), called.route.place(input.env));
            found.push(Finding::new(severity, "old", cause, remedy).about(&server.shown));
        }
    }
    found
}

// Where the server refuses a token before its time, mcp-remote renews it without the lease, and the native bridge
// under it.
fn two_kinds(calls: &[TracedCall<'_>]) -> Option<Finding> {
    let asked = |called: &&TracedCall<'_>| !called.route.has_token();
    let native = calls.iter().filter(asked).find(|called| called.bridge.is_native())?;
    let mut others = calls.iter().filter(asked).filter(|called| !called.bridge.is_native());
    let other =
        others.find(|other| other.files == native.files && other.bridge.version >= LEASE)?;
    let cause = format!(
        "{} starts mcp-remote {} and {} mcpgen's bridge: one sign-in, and only the latter asks who else renews it once the server refuses it",
        other.route.who, other.bridge.version, native.route.who
    );
    let remedy = format!("write {} everywhere; one `[launch] bridge` does", native.advised());
    Some(Finding::new(Severity::Note, "two-bridges", cause, remedy))
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
