//! `mcpgen exec`: what it starts, and that nothing stands between the client and the server.

use crate::case::{CANARY, Case};

const ONE: &str = "clients = [\"cursor\"]\n[servers.one]\ncommand = \"sh\"\n";

#[test]
fn the_server_is_the_process_that_the_client_started() {
    let case = Case::new().declare(&format!("{ONE}args = [\"-c\", \"echo $$; exit 7\"]\n"));
    let child = case.command(&["exec", "one"]).spawn().unwrap();
    let pid = child.id();
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{pid}\n"));
    assert_eq!(output.status.code(), Some(7), "its exit code is the client's to see");
}

#[test]
fn a_server_gets_exactly_what_is_declared_without_expansion() {
    let case = Case::new().declare(&format!(
        "{ONE}args = [\"-c\", \"printf '%s|' \\\"$@\\\" \\\"$A\\\" \\\"$PWD\\\" > ~/got\", \"sh\", \"$HOME\", \"~/x\", \"{{env:X}}\"]\n\
         env = {{ A = \"${{CANARY}}\" }}\ncwd = \"~/src\"\nplain = [\"env.A\"]\n"
    ));
    std::fs::create_dir(case.path("src")).unwrap();
    case.ok(&["exec", "one"]);
    let got = case.plain(&case.read("got"));
    assert_eq!(got, "$HOME|/HOME/x|{env:X}|${CANARY}|/HOME/src|");
}

#[test]
fn a_client_of_another_table_and_errors_in_other_servers_do_not_prevent_a_start() {
    let case = Case::new().declare(&format!(
        "clients = [\"acme-chat\", \"cursr\"]\nlaunch = {{ absolute = true }}\n{}args = [\"-c\", \"echo there\"]\n\
         [servers.two]\nurl = 3\ncomand = \"x\"\n[servers.tree]\ncommand = \"no-such\"\nurl = \"https://x.example\"\n",
        ONE.lines().skip(1).map(|line| format!("{line}\n")).collect::<String>()
    ));
    assert_eq!(case.ok(&["exec", "one"]).out, "there\n");
    assert_eq!(case.run(&["check"]).code, 1);
    let run = case.run(&["exec", "two"]);
    assert_eq!((run.code, run.out.as_str()), (1, ""));
    assert!(run.err.contains("`comand`") && !run.err.contains("cursr"), "{}", run.err);
}

#[test]
fn a_declaration_that_is_not_toml_starts_nothing() {
    let case = Case::new().declare(&format!("{ONE}args = [\"-c\", \"echo there\"]\n= 3\n"));
    let run = case.run(&["exec", "one"]);
    assert_eq!((run.code, run.out.as_str()), (1, ""), "{}", run.err);
}

#[test]
fn a_server_that_does_not_exist_or_is_disabled_is_an_error() {
    let case = Case::new().declare(&format!("{ONE}enabled = false\n"));
    for (name, words) in [
        ("one", &["server `one` is disabled", "enabled = true"][..]),
        ("onne", &["server `onne` not found", "similar name exists: `one`"][..]),
        ("zzz", &["server `zzz` not found", "`mcpgen apply`"][..]),
    ] {
        let run = case.run(&["exec", name]);
        assert_eq!((run.code, run.out.as_str()), (1, ""));
        words.iter().for_each(|word| assert!(run.err.contains(word), "{}", run.err));
    }
}

#[test]
fn a_program_or_a_directory_that_does_not_exist_is_an_error() {
    let server = |lines: &str| format!("clients = [\"cursor\"]\n[servers.one]\n{lines}");
    for (lines, words) in [
        (
            "command = \"no-such\"\n",
            &["`no-such` was not found", "not in any directory of PATH", "/usr/bin"][..],
        ),
        ("command = \"sh\"\ncwd = \"~/none\"\n", &["none` not found", "`cwd`"][..]),
        (
            "command = \"~/none/x\"\n",
            &["/none/x` was not found", "does not exist", "correct its path"][..],
        ),
        ("command = \"~/text\"\n", &["Permission denied", "the program file"][..]),
    ] {
        let case = Case::new().declare(&server(lines)).write("text", "no program");
        let run = case.run(&["exec", "one"]);
        assert_eq!((run.code, run.out.as_str()), (1, ""));
        let said = run.err.replace("\n         ", " ");
        words.iter().for_each(|word| assert!(said.contains(word), "{word}\n{}", run.err));
    }
}

#[test]
fn a_script_whose_interpreter_does_not_exist_is_not_called_missing() {
    let script = "#!/none/interpreter\n";
    for command in ["~/bin/serve", "serve"] {
        let text = format!("clients = [\"cursor\"]\n[servers.one]\ncommand = \"{command}\"\n");
        let case = Case::new().declare(&text).write("bin/serve", script);
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(case.path("bin/serve"), mode).unwrap();
        let path = format!("{}:/usr/bin", case.path("bin").display());
        let case = case.var("PATH", path);
        for command in ["exec", "verify"] {
            let run = case.run(&[command, "one"]);
            assert_eq!(run.code, 1, "{}", run.err);
            for words in ["the interpreter of `", "serve` was not found", "install the interpreter"]
            {
                assert!(run.err.contains(words), "{words}\n{}", run.err);
            }
        }
    }
}

#[test]
fn the_short_path_of_a_dock_is_extended_at_its_end() {
    let script = "#!/bin/sh\necho \"$PATH\"\n";
    let case = Case::new().declare("clients = [\"cursor\"]\n[servers.one]\ncommand = \"serve\"\n");
    let case = case.write(".local/bin/serve", script).var("PATH", "/usr/bin:/bin");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(case.path(".local/bin/serve"), mode).unwrap();
    let path = case.plain(&case.ok(&["exec", "one"]).out);
    assert!(path.starts_with("/usr/bin:/bin:/HOME/.local/bin"), "{path}");
    // A server's own PATH is what it says.
    let own = "clients = [\"cursor\"]\n[servers.one]\ncommand = \"/bin/sh\"\nargs = [\"-c\", \"echo $PATH\"]\nenv = { PATH = \"/own\" }\n";
    assert_eq!(case.declare(own).ok(&["exec", "one"]).out, "/own\n");
}

#[test]
fn an_empty_path_does_not_mean_the_clients_directory() {
    let text = "clients = [\"cursor\"]\n[servers.one]\ncommand = \"sh\"\nargs = [\"-c\", \"echo $PATH\"]\n";
    let case = Case::new().declare(text).write("sh", "#!/bin/sh\necho another program\n");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(case.path("sh"), mode).unwrap();
    for unset in [false, true] {
        let mut command = case.command(&["exec", "one"]);
        if unset {
            command.env_remove("PATH")
        } else {
            command.env("PATH", "")
        };
        let path = case.finish(&mut command, None).out;
        assert!(path.starts_with('/') && path.trim().ends_with("/bin"), "{path:?}");
    }
}

#[test]
fn a_path_that_is_not_utf_8_is_unchanged() {
    let odd = std::os::unix::ffi::OsStrExt::from_bytes(b"/odd-\xff:/usr/bin:/bin");
    let odd: &std::ffi::OsStr = odd;
    let case = Case::new().declare(&format!("{ONE}args = [\"-c\", \"echo $PATH\"]\n"));
    let output = case.command(&["exec", "one"]).env("PATH", odd).output().unwrap();
    assert!(output.stdout.starts_with(odd.as_encoded_bytes()), "{output:?}");
}

// A bridge that writes down its arguments and what mcpgen put into its environment.
const BRIDGE: &str = "[\"sh\", \"-c\", \"printf '%s\\n' \\\"$@\\\" > args; env | grep ^MCPGEN | sort > vars\", \"bridge\"]";

fn bridged(server: &str) -> Case {
    Case::new().declare(&format!(
        "clients = [\"cursor\"]\nlaunch = {{ bridge = {BRIDGE} }}\n[servers.one]\nurl = \"https://x.example/mcp\"\n{server}"
    ))
}

#[test]
fn a_token_reaches_the_bridge_only_in_its_environment() {
    for (auth, header, value) in [
        ("token = \"env:CANARY\"", "Authorization", format!("Bearer {CANARY}")),
        (
            "token = \"env:CANARY\", scheme = \"Bearer\"",
            "Authorization",
            format!("Bearer {CANARY}"),
        ),
        ("token = \"env:CANARY\", header = \"X-API-Key\"", "X-API-Key", CANARY.to_owned()),
    ] {
        let case = bridged(&format!("auth = {{ {auth} }}\n"));
        case.ok(&["exec", "one"]);
        let variable = format!("MCPGEN_{}", header.to_uppercase().replace('-', "_"));
        let args = format!("https://x.example/mcp\n--header\n{header}:${{{variable}}}\n");
        assert_eq!(case.read("args"), args);
        assert_eq!(case.read("vars"), format!("{variable}={value}\n"));
    }
}

#[test]
fn basic_auth_sends_user_and_token_in_base64() {
    let auth = "auth = { token = \"env:T\", scheme = \"Basic\", username = \"me@acme.com\" }\n";
    let case = bridged(auth).var("T", "tök");
    case.ok(&["exec", "one"]);
    assert_eq!(case.read("vars"), "MCPGEN_AUTHORIZATION=Basic bWVAYWNtZS5jb206dMO2aw==\n");
}

#[test]
fn a_bridge_also_gets_headers_beside_oauth_and_the_client_secret() {
    let case = bridged(
        "auth = { mode = \"oauth\", client-id = \"id\", client-secret = \"env:S\" }\n\
         secrets = { X-Tenant-Key = \"env:CANARY\" }\nheaders = { X-Plain = \"${NO_VARIABLE}\" }\n\
         plain = [\"headers.X-Plain\"]\n",
    );
    let case = case.var("S", "a\"b\\c");
    case.ok(&["exec", "one"]);
    let vars = format!(
        "MCPGENOAUTH_CLIENT_SECRET=a\\\"b\\\\c\nMCPGEN_X_PLAIN=${{NO_VARIABLE}}\nMCPGEN_X_TENANT_KEY={CANARY}\n"
    );
    assert_eq!(case.read("vars"), vars, "the bridge puts the secret into a JSON text");
    let args = case.read("args");
    assert!(args.contains("X-Plain:${MCPGEN_X_PLAIN}\n"), "{args}");
    let info = "{\"client_id\":\"id\",\"client_secret\":\"${MCPGENOAUTH_CLIENT_SECRET}\"}";
    assert!(args.contains(info), "{args}");
}

#[test]
fn a_secret_that_a_header_cannot_contain_starts_no_bridge() {
    let case = bridged("auth = { token = \"file:~/two-lines\" }\n").write("two-lines", "a\nb: c\n");
    let run = case.run(&["exec", "one"]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("the stored value contains a line break"), "{}", run.err);
    assert!(!case.exists("args"));
}

#[test]
fn a_bridge_with_secrets_also_gets_its_declared_environment() {
    let case = Case::new().declare(
        "clients = [\"cursor\"]\n[launch]\nbridge = [\"sh\", \"-c\", \"echo $DIRECTORY\"]\nenv = { DIRECTORY = \"~/auth\" }\n\
         [servers.one]\nurl = \"https://x.example/mcp\"\nauth = { token = \"env:CANARY\" }\n",
    );
    assert_eq!(case.plain(&case.ok(&["exec", "one"]).out), "/HOME/auth\n");
}

#[test]
fn an_applied_entry_starts_the_server_of_a_declaration_at_another_path() {
    let case = Case::new().write(
        "elsewhere/mcp.toml",
        format!(
            "{ONE}args = [\"-c\", \"printf %s $T > got\"]\nsecrets = {{ T = \"env:CANARY\" }}\n"
        ),
    );
    case.ok(&["apply", "-f", "elsewhere/mcp.toml"]);
    let file: serde_json::Value = serde_json::from_str(&case.read(".cursor/mcp.json")).unwrap();
    let args = file["mcpServers"]["one"]["args"].as_array().unwrap();
    let args: Vec<&str> = args.iter().map(|arg| arg.as_str().unwrap()).collect();
    case.ok(&args);
    assert_eq!(case.read("got"), CANARY);
}

#[test]
fn a_bridge_is_told_to_allow_a_url_of_this_machine() {
    for (url, told) in [
        ("http://localhost:3000/mcp", false),
        ("http://127.0.0.1:3000/mcp", false),
        ("http://[::1]:3000/mcp", true),
        ("https://x.example/mcp", false),
    ] {
        let case = Case::new().declare(&format!(
            "clients = [\"cursor\"]\n[servers.one]\nurl = \"{url}\"\nauth = \"oauth\"\n"
        ));
        assert_eq!(case.ok(&["render"]).out.contains("--allow-http"), told, "{url}");
    }
}

#[test]
fn a_file_that_cannot_be_executed_is_not_a_program() {
    let text = "clients = [\"cursor\"]\nlaunch = { absolute = true, mcpgen = \"cat\" }\n\
                [servers.one]\ncommand = \"tool\"\n";
    let case = Case::new().declare(text).write("bin/tool", "#!/bin/sh\n");
    let path = format!("{}:/usr/bin:/bin", case.path("bin").display());
    let case = case.var("PATH", path);
    let run = case.run(&["plan"]);
    assert_eq!(run.code, 1, "{}", run.out);
    assert!(run.err.contains("`tool` is not on PATH"), "{}", run.err);
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(case.path("bin/tool"), mode).unwrap();
    assert_eq!(case.run(&["plan"]).code, 0);
}
