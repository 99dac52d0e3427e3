//! What the timer runs, and what doctor says if it cannot run.

use std::os::unix::fs::symlink;

use serde_json::Value;

use super::{DECLARATION, INSTALL, SERVICE, machine, make_executable};
use crate::case::{CANARY, Run};

#[test]
fn the_timer_works_on_what_the_user_works_on() {
    let case = machine().var("MCP_REMOTE_CONFIG_DIR", "a cache");
    let proxy = format!("http://ada:{CANARY}@proxy.example");
    let case = case.var("HTTPS_PROXY", proxy).write("my 100%/$x \"y\".toml", DECLARATION);
    case.ok(&[INSTALL, &["-f", "my 100%/$x \"y\".toml", "--allow-private"]].concat());
    let service = case.plain(&case.read(SERVICE));
    let declaration = r#""-f" "/HOME/my 100%%/$$x \"y\".toml" "--allow-private""#;
    assert!(service.contains(declaration), "{service}");
    assert!(service.contains("Environment=\"MCP_REMOTE_CONFIG_DIR=/HOME/a cache\"\n"), "{service}");
    assert!(!service.contains(CANARY), "{service}");
}

#[test]
fn the_timer_runs_the_program_that_clients_start() {
    let case = machine().write("new/mcpgen", "");
    make_executable(&case, "new/mcpgen");
    symlink(case.path("new/mcpgen"), case.path("bin/mcpgen")).unwrap();
    case.ok(INSTALL);
    assert!(case.plain(&case.read(SERVICE)).contains("ExecStart=\"/HOME/bin/mcpgen\" "));
    case.put(
        ".config/mcpgen/mcp.toml",
        format!("{DECLARATION}[launch]\nmcpgen = \"~/new/mcpgen\"\n"),
    );
    case.ok(INSTALL);
    assert!(case.plain(&case.read(SERVICE)).contains("ExecStart=\"/HOME/new/mcpgen\" "));
}

fn timers(run: &Run) -> Vec<String> {
    let rows: Value = serde_json::from_str(&run.out).unwrap();
    let rows = rows.as_array().unwrap().iter().filter(|row| row["code"] == "timer");
    rows.map(|row| format!("{} {}", row["cause"], row["remedy"])).collect()
}

#[test]
fn doctor_reports_a_timer_whose_program_or_declaration_is_gone() {
    let case = machine().write("bin/mcpgen", "").write("a b%.toml", DECLARATION);
    make_executable(&case, "bin/mcpgen");
    case.ok(&[INSTALL, &["-f", "a b%.toml"]].concat());
    assert_eq!(timers(&case.run(&["doctor", "--json"])), Vec::<String>::new());
    for (gone, what) in
        [("a b%.toml", "declaration ~/a b%.toml"), ("bin/mcpgen", "program ~/bin/mcpgen")]
    {
        std::fs::remove_file(case.path(gone)).unwrap();
        let found = timers(&case.run(&["doctor", "--json"]));
        assert!(found.len() == 1 && found[0].contains(what), "{found:?}");
        assert!(found[0].contains("install it again with `mcpgen refresh --install`"), "{found:?}");
    }
    case.ok(INSTALL);
    assert_eq!(timers(&case.run(&["doctor", "--json"])), Vec::<String>::new(), "it is fixed");
}
