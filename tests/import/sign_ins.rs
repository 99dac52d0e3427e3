//! `import --probe`: which servers with only a URL require a sign-in.

use serde_json::json;

use crate::case::Case;
use crate::oauth::Answer;
use crate::oauth::proxy::{AUTHORITY, BASE, Proxy};

fn case(proxy: &Proxy) -> Case {
    let case = Case::new().write("authority.pem", AUTHORITY);
    let path = case.path("authority.pem").to_str().unwrap().to_owned();
    case.var("HTTPS_PROXY", proxy.address()).var("SSL_CERT_FILE", path)
}

fn proxy() -> Proxy {
    let result = json!({ "protocolVersion": "2025-06-18", "capabilities": {},
        "serverInfo": { "name": "open", "version": "1" } });
    let open = json!({ "jsonrpc": "2.0", "id": 1, "result": result });
    Proxy::start(move |asked, _, answer| match asked.path.as_str() {
        "/open" => Answer::json(200, &open),
        "/page" => Answer::text(200, "text/html", "<p>Hello</p>"),
        path if path.ends_with("/open") || path.ends_with("/page") => {
            Answer::text(404, "text/plain", "")
        }
        _ => answer,
    })
}

#[test]
fn a_probe_declares_the_sign_in_that_a_server_requires() {
    let proxy = proxy();
    let case = case(&proxy);
    let servers = json!({
        "one": { "url": format!("{BASE}/mcp") },
        "open": { "url": format!("{BASE}/open") },
        "page": { "url": format!("{BASE}/page") },
        "away": { "url": "https://nowhere.example.com/mcp" },
        "token": { "url": "https://token.example.com/mcp", "headers": { "Authorization": "Bearer ${env:T}" } },
        "local": { "url": "http://127.0.0.1:9/mcp" },
    });
    case.put(".cursor/mcp.json", json!({ "mcpServers": servers }).to_string());
    let bridge = json!({ "command": "npx", "args": ["-y", "mcp-remote", format!("{BASE}/mcp")] });
    let file = json!({ "mcpServers": { "one": bridge } }).to_string();
    case.put(".codeium/windsurf/mcp_config.json", file);

    let run = case.ok(&["import", "--secrets", "env"]);
    assert!(proxy.asked.lock().unwrap().is_empty(), "without --probe, no server is asked");
    let asks = "# If the server requires a sign-in, add auth = \"oauth\"\n[servers.";
    for (name, may) in
        [("open", true), ("page", true), ("away", true), ("token", false), ("local", false)]
    {
        assert_eq!(run.out.contains(&format!("{asks}{name}]")), may, "{name}: {}", run.out);
    }
    let said = "4 servers with only a URL may require a sign-in: find out with `--probe`";
    assert!(run.err.contains(said), "{}", run.err);

    let before = case.snapshot();
    let run = case.ok(&["import", "--secrets", "env", "--probe"]);
    assert_eq!(case.snapshot(), before);
    let one = format!("[servers.one]\nurl = \"{BASE}/mcp\"\nauth = \"oauth\"\n\n");
    assert!(run.out.contains(&one), "one server, not two to decide between: {}", run.out);
    assert!(!run.out.contains(&format!("{asks}open]")), "{}", run.out);
    let words: Vec<&str> = run.err.split_whitespace().collect();
    for (name, why) in [
        ("page", "responds with a web page and requires no sign-in, so it is not an MCP server"),
        ("away", "cannot reach `https://nowhere.example.com"),
    ] {
        assert!(run.out.contains(&format!("{asks}{name}]")), "{name}: {}", run.out);
        assert!(words.join(" ").contains(why), "{name}: {}", run.err);
    }
    assert!(!run.err.contains("--probe"), "{}", run.err);
    let asked = proxy.asked.lock().unwrap().join(" ");
    assert!(!asked.contains("token.example.com"), "{asked}");

    case.ok(&["init", "--import", "--secrets", "env", "--probe"]);
    assert!(case.read(".config/mcpgen/mcp.toml").contains(&one));
}
