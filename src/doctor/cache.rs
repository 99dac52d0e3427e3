//! Checks of the cache: files that other users can read, files of unfinished sign-ins, and sign-ins to migrate.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::input::DoctorInput;
use super::{Finding, Severity};
use crate::auth::bridge_version::SHARED_DIRECTORY;
use crate::auth::cache::{Cache, DIRECTORY_VARIABLE, SignInFiles};
use crate::auth::key::CacheKey;
use crate::auth::now;
use crate::diagnostic::Help as _;
use crate::fs;
use crate::paths::Environment;
use crate::suggest::ShellCommand;
use crate::survey::EntryReach;

/// How long mcp-remote keeps the files of an unfinished sign-in, in milliseconds.
const UNDER_WAY: u64 = 10 * 60 * 1000;
const LEFT_OVER: [&str; 4] =
    ["_code_verifier", "_discovery_state", "_refresh_in_progress.json", "_lock.json"];

pub fn findings(input: &DoctorInput<'_>) -> Vec<Finding> {
    let mut caches: BTreeMap<Utf8PathBuf, Cache> = BTreeMap::new();
    let default = Cache::find(&BTreeMap::new(), input.env);
    let bridges = input.routes.iter().filter_map(|route| route.reach.bridge());
    let named = bridges.map(|bridge| Cache::find(&bridge.start.env, input.env));
    for cache in named.chain([default]) {
        caches.entry(cache.directory().to_owned()).or_insert(cache);
    }
    let mut found: Vec<Finding> = directories(input);
    for cache in caches.values() {
        let all = cache.list();
        let providers = cache.list_providers();
        found.extend(all.iter().chain(&providers).flat_map(|files| of_one(input, files)));
        found.extend(carry(input, &all));
        found.extend(left_over(input, cache.directory()));
    }
    found
}

fn of_one(input: &DoctorInput<'_>, files: &SignInFiles) -> Vec<Finding> {
    let exposed = files.exposed().into_iter().map(|path| {
        let shown = input.env.display(&path);
        let cause = format!("other users of this machine can read {shown}");
        let private = ShellCommand::new("chmod 600").path(&path, input.env);
        let private = private.or("a command that makes that file readable only for you");
        Finding::new(Severity::Warning, "exposed", cause, format!("run {private}"))
    });
    let broken = files.tokens().err().map(|error| {
        let path = input.env.display(&files.path("tokens.json"));
        let cause = format!("no bridge can read the sign-in {path}: {error}");
        let sign_in = || format!("sign in again with {}", input.suggest.mcpgen("login"));
        let fix = if error.needs_sign_in() { None } else { error.help() };
        Finding::new(Severity::Warning, "sign-in", cause, fix.unwrap_or_else(sign_in))
    });
    exposed.chain(broken).collect()
}

// Finds the sign-ins that a newer bridge needs and that only the directory of an older bridge contains.
fn carry(input: &DoctorInput<'_>, all: &[SignInFiles]) -> Vec<Finding> {
    let wanted: BTreeSet<&CacheKey> = input
        .routes
        .iter()
        .filter(|route| !route.has_token() && !route.signed_in)
        .filter_map(|route| route.files.as_ref())
        .filter(|files| files.is_shared())
        .map(SignInFiles::key)
        .collect();
    let old = all.iter().filter(|files| !files.is_shared() && wanted.contains(files.key()));
    let finding = |files: &SignInFiles| {
        let directory = input.env.display(files.directory());
        let cause =
            format!("{directory} contains a sign-in, and newer bridges do not read that directory");
        let remedy = format!("run {}", input.suggest.mcpgen("login --migrate"));
        Finding::new(Severity::Warning, "carry-over", cause, remedy)
    };
    old.map(finding).collect()
}

fn left_over(input: &DoctorInput<'_>, base: &Utf8Path) -> Vec<Finding> {
    let ours = |name: &String| name.starts_with("mcp-remote-") || name == SHARED_DIRECTORY;
    let directories = fs::names(base).into_iter().filter(ours).map(|name| base.join(name));
    let mut found = vec![];
    for directory in directories {
        let old = |name: &String| {
            let age = fs::modified(&directory.join(name)).map(|at| now().saturating_sub(at));
            let path = directory.join(name);
            LEFT_OVER.iter().any(|part| name.contains(part))
                && path.is_file()
                && !path.is_symlink()
                && age.is_some_and(|age| age > UNDER_WAY)
        };
        let count = fs::names(&directory).iter().filter(|name| old(name)).count();
        if count > 0 {
            let shown = input.env.display(&directory);
            let files = if count == 1 { "file is" } else { "files are" };
            let cause =
                format!("{count} {files} left in {shown} from sign-ins that were not completed");
            let remedy = format!("delete them with {}", deletion(&directory, input.env));
            found.push(Finding::new(Severity::Note, "left-over", cause, remedy));
        }
    }
    found
}

// Deletes exactly the files that `left_over` counts; `-H` because the directory may be a link.
fn deletion(directory: &Utf8Path, env: &Environment) -> ShellCommand {
    let names = LEFT_OVER.map(|part| format!("*{part}*"));
    let mut tests = vec!["-maxdepth", "1", "-type", "f", "-mmin", "+10"];
    for (at, name) in names.iter().enumerate() {
        tests.extend([if at == 0 { "(" } else { "-o" }, "-name", name]);
    }
    tests.extend([")", "-delete"]);
    let words = format!(
        "a file manager: in {}, each file whose name contains one of {}",
        env.display(directory),
        LEFT_OVER.join(", ")
    );
    ShellCommand::new("find -H").path(directory, env).ending(&tests).or(words)
}

// Finds the entries for which the base directory of the cache depends on where the client was started.
fn directories(input: &DoctorInput<'_>) -> Vec<Finding> {
    let mut found = vec![];
    let mut without = BTreeSet::new();
    for route in &input.routes {
        let Some(bridge) = route.reach.bridge() else { continue };
        match bridge.start.env.get(DIRECTORY_VARIABLE) {
            None => {
                without.insert(route.who.as_str());
            }
            Some(directory)
                if matches!(route.reach, EntryReach::Bridge(_)) && is_relative(directory) =>
            {
                let cause = format!(
                    "{} sets {DIRECTORY_VARIABLE} to a relative path, so the directory \
                     depends on where the client starts",
                    route.who
                );
                let remedy = format!("write an absolute path in {}", route.place(input.env));
                found.push(Finding::new(Severity::Warning, "relative", cause, remedy));
            }
            Some(_) => {}
        }
    }
    if let (Some(_), Some(who)) = (input.env.var(DIRECTORY_VARIABLE), without.first()) {
        let cause = format!(
            "{DIRECTORY_VARIABLE} is set in this shell, and {who} gets it only if you \
             start the client from this shell"
        );
        let remedy = "set the variable in the `env` of every entry (in mcp.toml: [launch] env), or \
                      nowhere";
        found.push(Finding::new(Severity::Warning, "shell-directory", cause, remedy));
    }
    found
}

fn is_relative(directory: &str) -> bool {
    let windows = directory.as_bytes().get(1) == Some(&b':') || directory.starts_with('\\');
    !directory.is_empty() && !directory.starts_with('/') && !windows
}
