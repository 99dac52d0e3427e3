//! The cache under a login: crashes, a refusing disk, and what somebody left in it.

use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::case::Case;
use crate::disk::User;
use crate::oauth::{Login, Server, browse, cached, sign_in};

const DIRECTORY: &str = ".mcp-auth/mcp-remote-v1";

fn files(case: &Case) -> [Option<Value>; 2] {
    ["tokens.json", "client_info.json"].map(|name| cached(case, name))
}

/// Copies a cache into a case of its own.
fn copy(from: &Case) -> Case {
    let to = Case::in_memory();
    for entry in std::fs::read_dir(from.path(DIRECTORY)).into_iter().flatten().flatten() {
        let name = format!("{DIRECTORY}/{}", entry.file_name().to_str().unwrap());
        to.put(&name, std::fs::read(entry.path()).unwrap());
    }
    to
}

fn run_in(case: &Case, server: &Server, vars: &[(&str, &str)]) -> crate::case::Run {
    let mut login = Login::start_in(case, &[&server.url()], vars);
    if let Some(url) = login.url() {
        browse(&url);
    }
    login.end()
}

/// The steps of a login that starts from a cache.
fn steps(from: &Case, server: &Server) -> usize {
    let case = copy(from);
    let log = case.path("points");
    run_in(&case, server, &[("MCPGEN_COUNT_POINTS", log.to_str().unwrap())]);
    std::fs::read_to_string(log).unwrap().lines().count()
}

/// Kills a login at each step and looks what is left.
fn killed(from: &Case, server: &Server, left: &dyn Fn(usize, &Case)) {
    let steps = steps(from, server);
    assert!(steps >= 7, "{steps} steps");
    for step in 1..=steps {
        let case = copy(from);
        let run = run_in(&case, server, &[("MCPGEN_KILL_AT", &step.to_string())]);
        assert_eq!(run.code, -1, "step {step} is one: {}", run.err);
        left(step, &case);
        age(&case);
        let run = sign_in(&case, &[&server.url()]);
        assert_eq!(run.code, 0, "the login after step {step}: {}", run.err);
        assert_eq!(litter(&case), Vec::<String>::new(), "step {step}");
    }
}

/// Lets a minute pass: what is younger may be in use by another process.
fn age(case: &Case) {
    for name in litter(case) {
        let file = std::fs::File::open(case.path(DIRECTORY).join(name)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(60)).unwrap();
    }
}

fn litter(case: &Case) -> Vec<String> {
    let names = std::fs::read_dir(case.path(DIRECTORY)).unwrap().flatten();
    let names = names.map(|entry| entry.file_name().into_string().unwrap());
    let ours = ["_tokens.json", "_client_info.json"];
    names.filter(|name| !ours.iter().any(|end| name.ends_with(end))).collect()
}

#[test]
fn a_first_login_killed_at_any_step_leaves_no_sign_in_or_the_new_one() {
    let server = Server::honest();
    killed(&Case::new(), &server, &|step, case| {
        let [tokens, client] = files(case);
        assert!(tokens.is_none() || client.is_some(), "step {step}: tokens of nobody");
    });
}

#[test]
fn a_login_of_a_known_client_killed_at_any_step_leaves_the_old_sign_in_or_the_new_one() {
    let (old, server) = (Case::new(), Server::honest());
    sign_in(&old, &[&server.url()]);
    let before = files(&old);
    killed(&old, &server, &|step, case| {
        let [tokens, client] = files(case);
        assert_eq!(client, before[1], "step {step}");
        assert!(tokens.is_some(), "step {step}");
    });
}

#[test]
fn a_login_as_a_new_client_killed_at_any_step_leaves_tokens_that_work() {
    let (old, server) = (Case::new(), Server::honest());
    sign_in(&old, &[&server.url()]);
    server.book.lock().unwrap().clients.clear();
    let before = files(&old);
    killed(&old, &server, &|step, case| {
        let [tokens, client] = files(case);
        let old = (tokens == before[0], client == before[1]);
        assert_ne!(
            old,
            (true, false),
            "step {step}: old tokens, which the new client cannot renew"
        );
        server.book.lock().unwrap().clients.clear();
    });
}

#[test]
fn a_disk_error_at_any_step_leaves_the_old_sign_in_or_the_new_one() {
    let (old, server) = (Case::new(), Server::honest());
    sign_in(&old, &[&server.url()]);
    let before = files(&old);
    for step in 1..=steps(&old, &server) {
        let case = copy(&old);
        let run = run_in(&case, &server, &[("MCPGEN_FAIL_AT", &step.to_string())]);
        let after = files(&case);
        assert!(after == before || after[1] == before[1], "step {step}");
        if run.code != 0 {
            assert!(run.err.contains("free disk space and try again"), "step {step}: {}", run.err);
        }
        // A lease of a process that is gone is none.
        let left = litter(&case);
        assert!(left.iter().all(|name| name.ends_with("_refresh_in_progress.json")), "{left:?}");
        assert_eq!(sign_in(&case, &[&server.url()]).code, 0, "the login after step {step}");
        assert_eq!(litter(&case), Vec::<String>::new(), "step {step}");
    }
}

#[test]
fn a_file_in_place_of_the_cache_is_named_before_anybody_signs_in() {
    let (case, server) = (Case::new(), Server::honest());
    case.put(DIRECTORY, "not a directory");
    let run = case.run(&["login", &server.url()]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains(&format!("`{}", case.path(DIRECTORY).display())), "{}", run.err);
    assert!(server.asked("/authorize").is_empty(), "it is found before anybody signs in");
}

#[test]
fn a_truncated_token_file_is_replaced() {
    let (case, server) = (Case::new(), Server::honest());
    sign_in(&case, &[&server.url()]);
    let path = file(&case, "_tokens.json");
    std::fs::write(&path, "{ \"access_token\": \"").unwrap();
    let run = sign_in(&case, &[&server.url()]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(cached(&case, "tokens.json").is_some());
}

#[test]
fn files_that_others_can_read_are_named_and_made_private() {
    let (case, server) = (Case::new(), Server::honest());
    sign_in(&case, &[&server.url()]);
    let path = file(&case, "_tokens.json");
    for (path, mode) in [(case.path(DIRECTORY), 0o755), (path.clone(), 0o644)] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    let run = sign_in(&case, &[&server.url()]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.err.contains("other users could read"), "{}", run.err);
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn the_lease_of_a_dead_process_does_not_block() {
    let (case, server) = (Case::new(), Server::honest());
    sign_in(&case, &[&server.url()]);
    let lease =
        file(&case, "_tokens.json").to_str().unwrap().replace("tokens", "refresh_in_progress");
    let dead = "{ \"pid\": 4194304, \"nonce\": \"x\", \"at\": 9999999999999 }";
    std::fs::write(&lease, dead).unwrap();
    let begin = std::time::Instant::now();
    let run = sign_in(&case, &[&server.url()]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(begin.elapsed().as_secs() < 10);
    assert!(!std::path::Path::new(&lease).exists());
}

#[test]
fn a_cache_directory_that_differs_from_the_clients_is_reported() {
    let declaration = "clients = [\"cursor\"]\n[launch]\nenv = { MCP_REMOTE_CONFIG_DIR = \"~/a\" }\n\
                       [servers.one]\nurl = \"http://127.0.0.1:9/mcp\"\nauth = \"oauth\"\n";
    let case = Case::new().declare(declaration).var("MCP_REMOTE_CONFIG_DIR", "/b");
    let run = case.run(&["login"]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("`MCP_REMOTE_CONFIG_DIR` is `/b` in this shell but `"), "{}", run.err);
}

fn file(case: &Case, end: &str) -> std::path::PathBuf {
    let mut names = std::fs::read_dir(case.path(DIRECTORY)).unwrap().flatten();
    names.find(|entry| entry.file_name().to_str().unwrap().ends_with(end)).unwrap().path()
}

#[test]
fn a_read_only_cache_is_named_before_anybody_signs_in() {
    let server = Server::honest();
    let case = Case::new();
    sign_in(&case, &[&server.url()]);
    let before = files(&case);
    let asked = server.asked("/authorize").len();
    let directory = case.path(DIRECTORY);
    let user = User::who_owns(case);
    std::fs::set_permissions(&directory, std::fs::Permissions::from_mode(0o555)).unwrap();
    let run = user.run(&["login", &server.url(), "--timeout", "5"]);
    std::fs::set_permissions(&directory, std::fs::Permissions::from_mode(0o755)).unwrap();
    let said = format!("`{}` cannot be written to: Permission denied", directory.display());
    assert!(run.code == 1 && run.err.contains(&said), "{}", run.err);
    assert!(run.err.contains("give yourself access to the file and its directory"), "{}", run.err);
    assert_eq!(files(&user.case), before);
    assert_eq!(server.asked("/authorize").len(), asked);
}

#[test]
fn a_sign_in_of_an_older_bridge_is_moved_on_request_without_a_new_sign_in() {
    let server = Server::honest();
    let case = Case::new().declare(&format!(
        "clients = [\"cursor\"]\n[servers.one]\nurl = \"{}\"\nauth = \"oauth\"\n",
        server.url()
    ));
    sign_in(&case, &[]);
    let before = files(&case);
    let old = case.path(".mcp-auth/mcp-remote-0.1.37");
    std::fs::rename(case.path(DIRECTORY), &old).unwrap();
    let run = case.ok(&["login", "--migrate"]);
    let said = "one: the sign-in in ~/.mcp-auth/mcp-remote-0.1.37: moved\n\
                every sign-in is usable; use `--force` to sign in again\n";
    assert_eq!(run.err, said);
    assert_eq!(files(&case), before);
    assert_eq!(std::fs::read_dir(&old).unwrap().count(), 0);
    let pinned = "[launch]\nbridge = [\"npx\", \"-y\", \"mcp-remote@0.1.38\"]\n[servers.one]";
    let declaration = case.read(".config/mcpgen/mcp.toml").replace("[servers.one]", pinned);
    let run = case.declare(&declaration).run(&["login", "--migrate"]);
    let said = "the declared bridge, mcp-remote 0.1.38, does not use the shared directory";
    assert!(run.code == 1 && run.err.contains(said), "{}", run.err);
}
