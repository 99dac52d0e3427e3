//! The cache itself: who can read it, what is left over in it, what could be carried over.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::scene::Scene;
use super::{Finding, Severity};
use crate::auth::bridge_version::SHARED_DIRECTORY;
use crate::auth::cache::{Cache, DIRECTORY_VARIABLE, SignInFiles};
use crate::auth::key::CacheKey;
use crate::auth::now;
use crate::fs;
use crate::paths::Environment;
use crate::suggest::ShellCommand;
use crate::survey::Reach;

/// A sign-in under way is thrown away after this long (mcp-remote), in milliseconds.
const UNDER_WAY: u64 = 10 * 60 * 1000;
const LEFT_OVER: [&str; 4] =
    ["_code_verifier", "_discovery_state", "_refresh_in_progress.json", "_lock.json"];

pub fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let mut caches: BTreeMap<Utf8PathBuf, Cache> = BTreeMap::new();
    let default = Cache::find(&BTreeMap::new(), scene.env);
    let bridges = scene.ways.iter().filter_map(|way| way.reach.bridge());
    let named = bridges.map(|bridge| Cache::find(&bridge.start.env, scene.env));
    for cache in named.chain([default]) {
        caches.entry(cache.directory().to_owned()).or_insert(cache);
    }
    let mut found: Vec<Finding> = folders(scene);
    for cache in caches.values() {
        let all = cache.list();
        found.extend(all.iter().flat_map(|files| of_one(scene, files)));
        found.extend(carry(scene, &all));
        found.extend(left_over(scene, cache.directory()));
    }
    found
}

fn of_one(scene: &Scene<'_>, files: &SignInFiles) -> Vec<Finding> {
    let exposed = files.exposed().into_iter().map(|path| {
        let shown = scene.env.display(&path);
        let cause = format!("others on this machine can read {shown}");
        let private = ShellCommand::new("chmod 600").path(&path, scene.env);
        let private = private.or("take all permissions on it away from others");
        Finding::new(Severity::Warning, "exposed", cause, format!("run {private}"))
    });
    let broken = files.tokens().err().map(|error| {
        let path = scene.env.display(&files.path("tokens.json"));
        let cause = format!("no bridge can read the sign-in {path}: {error}");
        let sign_in = format!("sign in again with {}", scene.suggest.mcpgen("login"));
        Finding::new(Severity::Warning, "sign-in", cause, sign_in)
    });
    exposed.chain(broken).collect()
}

// What a newer bridge asks for and only an older one's folder has.
fn carry(scene: &Scene<'_>, all: &[SignInFiles]) -> Vec<Finding> {
    let wanted: BTreeSet<&CacheKey> = scene
        .ways
        .iter()
        .filter(|way| !way.has_token() && !way.signed_in)
        .filter_map(|way| way.files.as_ref())
        .filter(|files| files.is_shared())
        .map(SignInFiles::key)
        .collect();
    let old = all.iter().filter(|files| !files.is_shared() && wanted.contains(files.key()));
    let finding = |files: &SignInFiles| {
        let folder = scene.env.display(files.directory());
        let cause = format!("a sign-in lies in {folder}, where newer bridges do not look");
        let remedy = format!("run {}", scene.suggest.mcpgen("login --migrate"));
        Finding::new(Severity::Warning, "carry-over", cause, remedy)
    };
    old.map(finding).collect()
}

fn left_over(scene: &Scene<'_>, base: &Utf8Path) -> Vec<Finding> {
    let ours = |name: &String| name.starts_with("mcp-remote-") || name == SHARED_DIRECTORY;
    let folders = fs::names(base).into_iter().filter(ours).map(|name| base.join(name));
    let mut found = vec![];
    for folder in folders {
        let old = |name: &String| {
            let age = fs::modified(&folder.join(name)).map(|at| now().saturating_sub(at));
            let path = folder.join(name);
            LEFT_OVER.iter().any(|part| name.contains(part))
                && path.is_file()
                && !path.is_symlink()
                && age.is_some_and(|age| age > UNDER_WAY)
        };
        let count = fs::names(&folder).iter().filter(|name| old(name)).count();
        if count > 0 {
            let shown = scene.env.display(&folder);
            let files = if count == 1 { "file is" } else { "files are" };
            let cause =
                format!("{count} {files} left over in {shown} from sign-ins that never ended");
            let remedy = format!("delete them with {}", deletion(&folder, scene.env));
            found.push(Finding::new(Severity::Note, "left-over", cause, remedy));
        }
    }
    found
}

// Finds exactly what is counted; `-H` because the directory may be a link.
fn deletion(folder: &Utf8Path, env: &Environment) -> ShellCommand {
    let names = LEFT_OVER.map(|part| format!("*{part}*"));
    let mut tests = vec!["-maxdepth", "1", "-type", "f", "-mmin", "+10"];
    for (at, name) in names.iter().enumerate() {
        tests.extend([if at == 0 { "(" } else { "-o" }, "-name", name]);
    }
    tests.extend([")", "-delete"]);
    let words =
        format!("a file manager: in {}, what has {}", env.display(folder), LEFT_OVER.join(", "));
    ShellCommand::new("find -H").path(folder, env).ending(&tests).or(words + " in its name")
}

// The base folder, where clients do not all find the same.
fn folders(scene: &Scene<'_>) -> Vec<Finding> {
    let mut found = vec![];
    let mut without = BTreeSet::new();
    for way in &scene.ways {
        let Some(bridge) = way.reach.bridge() else { continue };
        match bridge.start.env.get(DIRECTORY_VARIABLE) {
            None => {
                without.insert(way.who.as_str());
            }
            Some(folder) if matches!(way.reach, Reach::Bridge(_)) && is_relative(folder) => {
                let cause = format!(
                    "{} sets {DIRECTORY_VARIABLE} to a path that begins nowhere, which is another folder wherever it starts",
                    way.who
                );
                let remedy = format!("write the whole path for {}", way.place(scene.env));
                found.push(Finding::new(Severity::Warning, "relative", cause, remedy));
            }
            Some(_) => {}
        }
    }
    if let (Some(_), Some(who)) = (scene.env.var(DIRECTORY_VARIABLE), without.first()) {
        let cause = format!(
            "{DIRECTORY_VARIABLE} is set here, and {who} finds it only where it is started from here"
        );
        let remedy = "set it in every entry's `env` ([launch] env in mcp.toml), or nowhere";
        found.push(Finding::new(Severity::Warning, "shell-folder", cause, remedy));
    }
    found
}

fn is_relative(folder: &str) -> bool {
    let windows = folder.as_bytes().get(1) == Some(&b':') || folder.starts_with('\\');
    !folder.is_empty() && !folder.starts_with('/') && !windows
}
