//! The native bridge in the place of mcp-remote: what clients launch, and that it is mcpgen itself.

use mcpgen::testing::auth::bridge_flags::{FlagImport, KnownFlag};
use mcpgen::testing::client::ClientTable;
use mcpgen::testing::declaration::Declaration;
use mcpgen::testing::launch::{Command, Launch, Launcher};
use mcpgen::testing::model::native::NATIVE;
use mcpgen::testing::model::{self, DEFAULT_BRIDGE};
use mcpgen::testing::paths::{Environment, Os};
use mcpgen::testing::suggest::Suggest;
use serde_json::{Value, json};

use crate::case::Case;
use crate::oauth::{Answer, Asked, Server, cached, sign_in};

const SERVERS: &str = include_str!("golden/mcp.toml");

/// What every client launches for every server, client by client.
fn launches(declaration: &str, os: Os) -> Vec<(String, Launch)> {
    let env = Environment::bare(os, "/home/ada".into());
    let table = ClientTable::load(None).unwrap();
    let (declaration, faults) = Declaration::parse("mcp.toml", declaration);
    assert!(faults.is_empty());
    let model = model::build(&declaration, &table, &env, &Suggest::new(&env)).unwrap();
    let launcher = Launcher::new(&model, &env, &env.default_declaration()).unwrap();
    let mut found = vec![];
    for client in table.iter() {
        for server in model.servers.iter().filter(|it| it.clients.contains(&client.name)) {
            let name = format!("{} in {}", server.name, client.name);
            found.push((name, launcher.launch(server, client)));
        }
    }
    found
}

fn with_bridge(lines: &str) -> String {
    SERVERS.replace("[launch]\n", &format!("[launch]\n{lines}\n"))
}

// The bridge's own words taken off: what is left is what it is told.
fn told<'c>(command: &'c Command, bridge: &[&str]) -> Option<&'c [String]> {
    let words: Vec<&str> =
        std::iter::once(&command.program).chain(&command.args).map(String::as_str).collect();
    let words = words.strip_prefix(&["cmd", "/c"][..]).unwrap_or(&words);
    let rest = words.strip_prefix(bridge)?;
    Some(&command.args[command.args.len() - rest.len()..])
}

#[test]
fn every_client_gives_the_native_bridge_the_arguments_of_mcp_remote() {
    for os in [Os::Linux, Os::Macos, Os::Windows] {
        let native = launches(&with_bridge("bridge = [\"mcpgen\", \"bridge\"]"), os);
        let mut bridges = 0;
        for ((name, usual), (_, native)) in launches(SERVERS, os).iter().zip(&native) {
            let (Launch::Command(usual), Launch::Command(native)) = (usual, native) else {
                assert_eq!(usual, native, "{name}");
                continue;
            };
            let Some(args) = told(usual, &DEFAULT_BRIDGE) else {
                assert_eq!(usual, native, "{name}");
                continue;
            };
            bridges += 1;
            for flag in args.iter().filter(|arg| arg.starts_with("--")) {
                let known = KnownFlag::find(flag).map(|known| known.import);
                assert_eq!(known, Some(FlagImport::Declared), "{flag}");
            }
            // A program of its own, which wants no `cmd /c` on Windows.
            let args = [&[NATIVE[1].to_owned()], args].concat();
            let (program, env) = (NATIVE[0].to_owned(), usual.env.clone());
            assert_eq!(*native, Command { program, args, env, cwd: None }, "{name}");
        }
        assert!(bridges > 40, "{bridges}");
    }
}

#[test]
fn without_a_path_the_native_bridge_is_the_mcpgen_that_clients_call() {
    let program = |lines: &str| {
        let case = Case::new()
            .write("bin/mcpgen", "")
            .declare(&format!(
                "clients = [\"cursor\"]\n[launch]\n{lines}\n[servers.one]\nurl = \"https://x.example/mcp\"\nauth = \"oauth\"\n"
            ));
        let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(case.path("bin/mcpgen"), executable).unwrap();
        let bin = case.path("bin").to_str().unwrap().to_owned();
        let case = case.var("PATH", bin);
        let file: Value = serde_json::from_str(&case.ok(&["render"]).out).unwrap();
        let entry = &file["mcpServers"]["one"];
        assert_eq!(entry["args"], json!(["bridge", "https://x.example/mcp"]));
        case.plain(entry["command"].as_str().unwrap())
    };
    for (lines, want) in [
        ("bridge = [\"mcpgen\", \"bridge\"]", "mcpgen"),
        ("bridge = [\"mcpgen\", \"bridge\"]\nmcpgen = \"~/own/mcpgen\"", "/HOME/own/mcpgen"),
        ("bridge = [\"/opt/mcpgen\", \"bridge\"]\nmcpgen = \"~/own/mcpgen\"", "/opt/mcpgen"),
        // No npx is looked for.
        ("bridge = [\"mcpgen\", \"bridge\"]\nabsolute = true", "/HOME/bin/mcpgen"),
    ] {
        assert_eq!(program(lines), want, "{lines}");
    }
}

const TOKEN: &str = "opaque-5b6a79780f1e2d3c";

// A server that knows one token.
#[cfg(target_os = "linux")]
fn mcp() -> Server {
    let known = format!("Bearer {TOKEN}");
    Server::tampered(move |asked, _, answer| {
        let told = asked.headers.get("authorization");
        if told == Some(&known) { one(asked, answer) } else { answer }
    })
}

// What a server answers that knows one request.
fn one(asked: &Asked, answer: Answer) -> Answer {
    if asked.path != "/mcp" {
        return answer;
    }
    let Ok(message) = serde_json::from_str::<Value>(&asked.body) else {
        return Answer::text(405, "text/plain", "");
    };
    if message["id"].is_null() {
        return Answer::text(202, "text/plain", "");
    }
    let result = json!({
        "protocolVersion": message["params"]["protocolVersion"],
        "capabilities": {},
        "serverInfo": { "name": "one", "version": "1" },
    });
    Answer::json(200, &json!({ "jsonrpc": "2.0", "id": message["id"], "result": result }))
}

fn initialize() -> String {
    let params = json!({
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": { "name": "test", "version": "1" },
    });
    json!({ "jsonrpc": "2.0", "id": 7, "method": "initialize", "params": params }).to_string()
        + "\n"
}

#[test]
#[cfg(target_os = "linux")]
fn exec_becomes_the_native_bridge_and_keeps_the_token_in_memory() {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::process::Stdio;

    let server = mcp();
    let case = Case::new().write("token", TOKEN).declare(&format!(
        "clients = [\"cursor\"]\n[launch]\nbridge = [\"mcpgen\", \"bridge\"]\nenv = {{ MCP_REMOTE_CONFIG_DIR = \"~/sign-ins\" }}\n\
         [servers.one]\nurl = \"{}\"\nauth = {{ token = \"file:~/token\" }}\n",
        server.url()
    ));
    let mut child = case.command(&["exec", "one"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(initialize().as_bytes()).unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    let pid = child.id();
    let proc = |file: &str| std::fs::read_to_string(format!("/proc/{pid}/{file}"));
    let children = proc(&format!("task/{pid}/children"));
    let visible = [proc("environ"), proc("cmdline")];
    drop((input, output));
    let run = case.ended(child);
    let answer: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line}{}", run.err));
    assert_eq!(
        (&answer["id"], &answer["result"]["serverInfo"]["name"]),
        (&json!(7), &json!("one"))
    );
    assert_eq!((children.unwrap().as_str(), run.code), ("", 0), "{}", run.err);
    let denied = |error: &std::io::Error| error.kind() == std::io::ErrorKind::PermissionDenied;
    for text in visible {
        // Only root reads the environment of a process whose memory is protected.
        let text =
            text.or_else(|error| if denied(&error) { Ok(String::new()) } else { Err(error) });
        assert!(!text.unwrap().contains(TOKEN));
    }
    assert!(!run.err.contains(TOKEN));
    assert!(!case.exists(".mcp-auth"), "its environment is the declared one");
}

#[test]
fn exec_sends_a_header_beside_the_sign_in_of_the_directory_in_launch_env() {
    let server = Server::tampered(|asked, _, answer| {
        let told = |name: &str| asked.headers.get(name).map_or("", String::as_str);
        let known = told("authorization").starts_with("Bearer ") && told("x-team") == TOKEN;
        if asked.path == "/mcp" && known { one(asked, answer) } else { answer }
    });
    let case = Case::in_memory().write("token", TOKEN).declare(&format!(
        "clients = [\"cursor\"]\n[launch]\nbridge = [\"mcpgen\", \"bridge\"]\nenv = {{ MCP_REMOTE_CONFIG_DIR = \"~/sign-ins\" }}\n\
         [servers.one]\nurl = \"{}\"\nauth = \"oauth\"\nsecrets = {{ X-Team = \"file:~/token\" }}\nheaders = {{ X-Plain = \"${{HOME}}\" }}\nplain = [\"headers.X-Plain\"]\n",
        server.url()
    ));
    assert_eq!(sign_in(&case, &["one"]).code, 0);
    let pages = server.asked("/authorize").len();
    let run = case.pipe(&["exec", "one"], initialize());
    assert!(run.out.contains("\"serverInfo\""), "{}{}", run.out, run.err);
    assert_eq!((run.code, server.asked("/authorize").len()), (0, pages), "nobody is asked again");
    let last = server.asked("/mcp").pop().unwrap();
    assert_eq!(last.headers["x-plain"], "${HOME}", "a value is what it says");
    assert!(!case.exists(".mcp-auth") && case.exists("sign-ins"));
}

#[test]
fn one_sign_in_serves_both_bridges() {
    let server = Server::honest();
    let servers = format!("[servers.one]\nurl = \"{}\"\nauth = \"oauth\"\n", server.url());
    let with =
        |bridge: &str| format!("clients = [\"cursor\"]\n[launch]\nbridge = {bridge}\n{servers}");
    let (native, remote) = ("[\"mcpgen\", \"bridge\"]", "[\"npx\", \"-y\", \"mcp-remote@0.15.1\"]");
    for (first, then) in [(native, remote), (remote, native)] {
        let case = Case::in_memory().declare(&with(first));
        assert_eq!(sign_in(&case, &["one"]).code, 0);
        let tokens = cached(&case, "tokens.json");
        case.put(".config/mcpgen/mcp.toml", with(then));
        let status: Value = serde_json::from_str(&case.ok(&["status", "--json"]).out).unwrap();
        assert_eq!(status[0]["standing"], "usable", "{status}");
        assert_eq!(case.run(&["login"]).code, 0, "nothing is left to sign in to");
        assert_eq!(cached(&case, "tokens.json"), tokens);
        case.ok(&["refresh"]);
        assert_eq!(cached(&case, "tokens.json"), tokens, "it has long to live");
        case.ok(&["token", "one"]);
        case.ok(&["logout", "one"]);
        assert_eq!(cached(&case, "tokens.json"), None);
    }
}
