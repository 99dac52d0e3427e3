//! Situations in which mcpgen suggests a command.

use serde_json::json;

use crate::case::Case;
use crate::oauth::{Server, sign_in};

pub const ONE: &str = "clients = [\"cursor\"]\n[servers.one]\ncommand = \"sh\"\n";
pub const CURSOR: &str = ".cursor/mcp.json";

pub fn empty(_: &Server) -> Case {
    Case::in_memory()
}

pub fn one(_: &Server) -> Case {
    Case::in_memory().declare(ONE)
}

pub fn applied(server: &Server) -> Case {
    let case = one(server);
    case.ok(&["apply"]);
    case
}

pub fn foreign(server: &Server) -> Case {
    let entry = json!({ "mcpServers": { "one": { "command": "x" }, "two": { "command": "y" } } });
    one(server).write(CURSOR, entry.to_string())
}

pub fn two_foreign(server: &Server) -> Case {
    foreign(server).declare(&format!("{ONE}[servers.two]\ncommand = \"sh\"\n"))
}

pub fn broken(_: &Server) -> Case {
    Case::in_memory().declare("clients = [")
}

pub fn unknown_client(_: &Server) -> Case {
    Case::in_memory().declare("clients = [\"emacs-lisp\"]\n")
}

pub fn oauth(server: &Server) -> Case {
    let url = server.url();
    Case::in_memory().declare(&format!(
        "clients = [\"cursor\"]\n[servers.one]\nurl = \"{url}\"\nauth = \"oauth\"\n"
    ))
}

pub fn oauth_applied(server: &Server) -> Case {
    let case = oauth(server);
    case.ok(&["apply"]);
    case
}

pub fn oauth_broken(server: &Server) -> Case {
    let case = oauth_applied(server);
    assert_eq!(sign_in(&case, &["one"]).code, 0);
    let directory = case.path(".mcp-auth/mcp-remote-v1");
    for entry in std::fs::read_dir(directory).unwrap().flatten() {
        if entry.file_name().to_str().unwrap().ends_with("_tokens.json") {
            std::fs::write(entry.path(), "{").unwrap();
        }
    }
    case
}

pub fn with_secret(_: &Server) -> Case {
    let case = Case::in_memory().declare(&format!("{ONE}secrets = {{ T = \"file:~/t\" }}\n"));
    case.put("t", "s");
    case.ok(&["apply"]);
    case.put(".config/mcpgen/mcp.toml", ONE.replace("servers.one", "servers.second"));
    case
}

pub fn two(server: &Server) -> Case {
    one(server).declare(&format!("{ONE}[servers.two]\ncommand = \"sh\"\n"))
}

pub fn damaged(server: &Server) -> Case {
    let case = applied(server);
    case.put(crate::case::LEDGER, "{");
    case
}

pub fn exposed_state(server: &Server) -> Case {
    use std::os::unix::fs::PermissionsExt as _;
    let case = applied(server).declare(&ONE.replace("\"sh\"", "\"env\""));
    let path = case.path(".local/state/mcpgen/undo");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o777)).unwrap();
    case
}

pub fn with_bridge(_: &Server) -> Case {
    let args = ["bridge", "https://x.example/mcp", "--protocol", "new"];
    let entry = json!({ "mcpServers": { "one": { "command": "mcpgen", "args": args } } });
    Case::in_memory().write(CURSOR, entry.to_string())
}

/// The editor adds a comment.
pub fn with_editor(_: &Server) -> Case {
    use std::os::unix::fs::PermissionsExt as _;
    let case = Case::in_memory().write("editor", "#!/bin/sh\necho '# x' >> \"$1\"\n");
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(case.path("editor"), mode).unwrap();
    let editor = case.path("editor").display().to_string();
    case.var("EDITOR", editor)
}

pub fn one_with_editor(server: &Server) -> Case {
    with_editor(server).declare(ONE)
}

pub fn edited(server: &Server) -> Case {
    let case = applied(server);
    case.put(CURSOR, case.read(CURSOR).replace("\"sh\"", "\"env\""));
    case
}

pub fn dangling(_: &Server) -> Case {
    let case = Case::in_memory().write(".config/mcpgen/x", "");
    std::os::unix::fs::symlink("/nowhere", case.path(".config/mcpgen/mcp.toml")).unwrap();
    case
}

pub fn rendered(server: &Server) -> Case {
    let case = one(server);
    case.ok(&["render", "--out", "result"]);
    case.put("result/.cursor/mcp.json", "{}");
    case
}

pub fn with_directory(server: &Server) -> Case {
    one(server).write("pages/mine", "")
}

pub fn signed_in(server: &Server) -> Case {
    let case = oauth_applied(server);
    assert_eq!(sign_in(&case, &["one"]).code, 0);
    case
}

pub fn undeclared(_: &Server) -> Case {
    let entry = json!({ "mcpServers": { "one": { "command": "sh" } } });
    Case::in_memory().write(CURSOR, entry.to_string())
}

pub fn unreadable(server: &Server) -> Case {
    one(server).write(CURSOR, "{")
}

pub fn no_clients(server: &Server) -> Case {
    applied(server).declare(&ONE.replace("\"cursor\"", ""))
}

pub fn ending(_: &Server) -> Case {
    Case::in_memory().declare(&ONE.replace("\"sh\"", "\"true\""))
}

pub fn ending_applied(server: &Server) -> Case {
    let case = ending(server);
    case.ok(&["apply"]);
    case
}

pub fn private(server: &Server) -> Case {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::Permissions::from_mode;
    let case = one(server).declare(&format!("{ONE}secrets = {{ T = \"file:~/t\" }}\n"));
    case.put("t", "s");
    std::fs::set_permissions(case.home(), mode(0o755)).unwrap();
    std::fs::set_permissions(case.path("t"), mode(0o644)).unwrap();
    case
}

pub fn orphan(server: &Server) -> Case {
    let case = one(server).write("old.toml", ONE);
    case.ok(&["apply", "-f", "old.toml"]);
    std::fs::remove_file(case.path("old.toml")).unwrap();
    case
}

pub fn starter(_: &Server) -> Case {
    Case::in_memory().write(".cursor/settings.json", "{}")
}
