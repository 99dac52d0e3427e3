//! Checks for old bridges, which can damage a shared sign-in.

use super::input::{DoctorInput, TracedCall};
use super::{Finding, Severity};
use crate::auth::bridge_version::{BridgeVersion, Feature};

/// The first version in which only one bridge at a time refreshes a sign-in.
const LEASE: BridgeVersion = BridgeVersion::new(0, 8, 3);
/// The versions that refresh a sign-in only after the server rejects the token.
const LATE: [BridgeVersion; 3] =
    [BridgeVersion::new(0, 2, 1), BridgeVersion::new(0, 3, 1), BridgeVersion::new(0, 8, 2)];
/// The versions that fail if a fastmcp server rejects the token.
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
            // `difference.rs` already reports a version that keeps its sign-ins in a separate directory.
            if apart && !version.has(Feature::SharedDirectory) {
                continue;
            }
            let shares = calls.iter().filter(|other| other.files == called.files).count() > 1;
            let severity = if shares { Severity::Warning } else { Severity::Note };
            let cause = format!(
                "{} runs mcp-remote {version}, which {}",
                called.route.who,
                habit(version, shares)
            );
            let newest = calls.iter().find(|other| other.bridge.is_native()).unwrap_or(called);
            let remedy = format!(
                "change the bridge of {1} to {0}",
                newest.advised(),
                called.route.place(input.env)
            );
            found.push(Finding::new(severity, "old", cause, remedy).about(&server.shown));
        }
    }
    found
}

// If the server rejects a token before it expires, mcp-remote refreshes it without the lease, and the native bridge
// with the lease.
fn two_kinds(calls: &[TracedCall<'_>]) -> Option<Finding> {
    let asked = |called: &&TracedCall<'_>| !called.route.has_token();
    let native = calls.iter().filter(asked).find(|called| called.bridge.is_native())?;
    let mut others = calls.iter().filter(asked).filter(|called| !called.bridge.is_native());
    let other =
        others.find(|other| other.files == native.files && other.bridge.version >= LEASE)?;
    let cause = format!(
        "{} runs mcp-remote {} and {} runs mcpgen's bridge: if the server rejects their \
         shared token, mcp-remote refreshes it without waiting for other bridges",
        other.route.who, other.bridge.version, native.route.who
    );
    let remedy = format!(
        "change the bridge of every entry to {}; in mcp.toml, `[launch] bridge` does this",
        native.advised()
    );
    Some(Finding::new(Severity::Note, "two-bridges", cause, remedy))
}

fn habit(version: BridgeVersion, shares: bool) -> &'static str {
    if shares {
        return "refreshes the shared sign-in without waiting for other bridges, which can sign \
                out all of them";
    }
    match (LOST.contains(&version), LATE.contains(&version)) {
        (true, _) => "loses its sign-in if a fastmcp server rejects the token",
        (false, true) => "refreshes a sign-in only after the server rejects the token",
        (false, false) => "can refresh one sign-in twice at the same time, which signs you out",
    }
}
