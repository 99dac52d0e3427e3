//! Finds the mcp-remote that is installed on this machine.

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use super::{BridgeVersion, PACKAGE};
use crate::fs;
use crate::paths::Environment;

/// Finds the globally installed version that `npx mcp-remote` starts: its program is next to npx.
/// npm does not look there for a version, a tag or `--package`.
pub fn beside_npx(bridge: &[String], env: &Environment) -> Option<BridgeVersion> {
    let npx = bridge.iter().find(|word| word.rsplit(['/', '\\']).next() == Some("npx"))?;
    let named = |word: &String| word.starts_with("--package") || word == "-p";
    if bridge.iter().any(named) {
        return None;
    }
    let npx = if npx.contains('/') { Utf8PathBuf::from(npx) } else { env.find_program(npx)? };
    let beside = npx.with_file_name(PACKAGE);
    beside.is_file().then(|| at(beside.as_str(), env))?
}

/// Finds the version of a program.
///
/// With links resolved, the path of the program is `…/mcp-remote/dist/proxy.js`, and package.json
/// is above it. The start scripts of pnpm, and of npm on Windows, are next to the package or above
/// it.
pub fn at(word: &str, env: &Environment) -> Option<BridgeVersion> {
    let expanded = env.expand_tilde(word);
    let path = if expanded.contains(['/', '\\']) {
        Utf8PathBuf::from(expanded)
    } else {
        env.find_program(&expanded)?
    };
    let end = fs::real_path(&path).ok()?;
    let above = end.ancestors().skip(1).take(2).map(Utf8Path::to_owned);
    let beside = ["node_modules", ".."].map(|up| end.with_file_name(up).join(PACKAGE));
    above.chain(beside).find_map(|directory| package_version(&directory.join("package.json")))
}

fn package_version(path: &Utf8Path) -> Option<BridgeVersion> {
    let package: Value = serde_json::from_slice(&fs::read(path).ok()??).ok()?;
    (package["name"] == PACKAGE).then(|| BridgeVersion::parse(package["version"].as_str()?))?
}
