//! What servers say of the sign-ins in the cache: `status --probe`.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};

use crate::case::{Case, Run};
use crate::oauth::proxy::{AUTHORITY, BASE, Proxy};
use crate::oauth::{Answer, Asked, Server, free_port};

const TOKEN: &str = "opaque-0f1e2d3c4b5a6978";
const LONG: Duration = Duration::from_secs(60);

/// A machine that is signed in to servers, by their names and addresses.
fn signed_in(servers: &[(&str, String)]) -> Case {
    let mut text = "clients = [\"cursor\"]\n".to_owned();
    for (name, url) in servers {
        text += &format!("[servers.{name}]\nurl = \"{url}\"\nauth = \"oauth\"\n");
    }
    let case = Case::new().declare(&text);
    for (name, _) in servers {
        hold(&case, name, &json!({ "refresh_token": "none-of-its-business" }));
    }
    case
}

/// Puts a sign-in to a server into the cache.
fn hold(case: &Case, name: &str, more: &Value) {
    let rows: Value = serde_json::from_str(&case.ok(&["status", "--json"]).out).unwrap();
    let row = rows.as_array().unwrap().iter().find(|row| row["server"] == name).unwrap();
    let key = row["key"].as_str().unwrap();
    let mut tokens = json!({ "access_token": TOKEN, "token_type": "Bearer" });
    tokens.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    case.put(&format!(".mcp-auth/mcp-remote-v1/{key}_tokens.json"), tokens.to_string());
}

fn probe(case: &Case, more: &[&str]) -> Run {
    let before = case.snapshot();
    let run = case.run(&[&["status", "--probe"], more].concat());
    let said = format!("{}{}", run.out, run.err);
    assert!(!said.contains(TOKEN), "the token is shown: {said}");
    assert!(!said.contains(|c: char| c.is_control() && c != '\n'), "{said:?}");
    assert_eq!(case.snapshot(), before, "nothing is written");
    run
}

/// What the column says of each server.
fn verdicts(run: &Run) -> Vec<(&str, &str)> {
    let mut lines = run.out.lines();
    let head = lines.next().unwrap();
    let at = head.find("PROBE").unwrap();
    let cells = |line| {
        let line: &str = line;
        (line.split(' ').next().unwrap(), line.get(at..).unwrap_or_default())
    };
    lines.map(cells).collect()
}

fn answering(answer: Answer) -> Server {
    Server::tampered(move |_, _, _| answer.clone())
}

fn challenging(status: u16, challenge: &str) -> Server {
    let mut answer = Answer::text(status, "text/plain", TOKEN);
    answer.headers.push(("WWW-Authenticate".into(), challenge.into()));
    answering(answer)
}

/// A server whose answer is a stream that never ends.
fn streaming() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                assert!(stream.read(&mut [0; 4096]).unwrap() > 0);
                let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n";
                let body = "Transfer-Encoding: chunked\r\n\r\n9\r\ndata: {}\n\r\n";
                stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
                std::thread::sleep(LONG);
            });
        }
    });
    format!("http://127.0.0.1:{port}/mcp")
}

fn hanging() -> Server {
    Server::tampered(|_, _, answer| {
        std::thread::sleep(LONG);
        answer
    })
}

#[test]
fn a_probe_reports_for_each_server_whether_it_accepts_the_sign_in() {
    let good = json!({ "jsonrpc": "2.0", "id": 0, "result": {} });
    let elsewhere = format!("https://evil.example/{TOKEN}");
    let odd = "Bearer error=\"\u{1b}[31mred\"";
    let silent = [hanging(), hanging()];
    let servers = [
        ("json", answering(Answer::json(200, &good)), "accepted"),
        ("plain401", answering(Answer::json(401, &good)), "refused"),
        ("code401", challenging(401, "Bearer error=\"invalid_token\""), "refused: invalid_token"),
        (
            "code403",
            challenging(403, "Bearer scope=\"x\", error=insufficient_scope"),
            "refused: insufficient_scope",
        ),
        ("echo401", challenging(401, &format!("Bearer error=\"{TOKEN}\"")), "refused"),
        ("odd401", challenging(401, odd), "unreachable"),
        ("broken", answering(Answer::json(500, &good)), "no usable response"),
        ("page", answering(Answer::text(200, "text/html", TOKEN)), "no usable response"),
        ("sends", answering(Answer::to(307, &elsewhere)), "no usable response"),
        ("loops", answering(Answer::to(307, &format!("/{TOKEN}"))), "unreachable"),
    ];
    let mut table: Vec<(&str, String, &str)> =
        servers.iter().map(|(name, server, want)| (*name, server.url(), *want)).collect();
    table.push(("stream", streaming(), "accepted"));
    table.push(("closed", format!("http://127.0.0.1:{}/mcp", free_port()), "unreachable"));
    table.push(("hangs", silent[0].url(), "unreachable"));
    table.push(("silent", silent[1].url(), "unreachable"));
    table.sort_unstable();
    let named: Vec<_> = table.iter().map(|(name, url, _)| (*name, url.clone())).collect();
    let case = signed_in(&named);
    case.ok(&["status"]);
    assert!(servers.iter().all(|(_, server, _)| server.asked("/mcp").is_empty()), "nobody asked");
    let begin = Instant::now();
    let run = probe(&case, &[]);
    assert!(begin.elapsed() < Duration::from_secs(12), "they are asked at the same time");
    let mut said = verdicts(&run);
    said.sort_unstable();
    let want: Vec<_> = table.iter().map(|(name, _, want)| (*name, *want)).collect();
    assert_eq!(said, want, "{}", run.err);
    for (name, why) in [
        ("broken", "responds with 500"),
        ("page", "responds with 200 and a web page"),
        ("sends", "redirects to another origin"),
        ("closed", "cannot reach `"),
        ("hangs", "no response within 8 s"),
    ] {
        let said = run
            .err
            .split("warning: ")
            .find(|said| said.contains(&format!("while probing `{name}`")));
        let said = said.map(|said| said.split_whitespace().collect::<Vec<_>>().join(" "));
        assert!(said.as_ref().is_some_and(|said| said.contains(why)), "{name}: {}", run.err);
    }
    let bearer = format!("Bearer {TOKEN}");
    for (name, server, _) in servers.iter().filter(|(name, ..)| *name != "loops") {
        let seen = server.book.lock().unwrap().seen.clone();
        assert_eq!(seen.len(), 1, "{name} is asked once");
        assert_eq!((&seen[0].method[..], &seen[0].headers["authorization"]), ("POST", &bearer));
        assert!(seen[0].body.contains("\"initialize\""), "{name}");
    }
}

#[test]
fn a_session_that_a_probe_opens_is_closed() {
    let server = Server::tampered(|asked, _, _| {
        let mut answer = Answer::json(if asked.method == "DELETE" { 405 } else { 200 }, &json!({}));
        answer.headers.push(("Mcp-Session-Id".into(), "s-1".into()));
        answer
    });
    let case = signed_in(&[("one", server.url())]);
    assert_eq!(verdicts(&probe(&case, &[])), [("one", "accepted")]);
    let session =
        |asked: &Asked| (asked.method.clone(), asked.headers.get("mcp-session-id").cloned());
    let seen: Vec<_> = server.asked("/mcp").iter().map(session).collect();
    let end = ("DELETE".to_owned(), Some("s-1".to_owned()));
    assert_eq!(seen, [("POST".to_owned(), None), end]);
    assert_eq!(server.asked("/mcp")[1].headers["authorization"], format!("Bearer {TOKEN}"));
}

#[test]
fn a_refused_sign_in_gets_help_to_sign_in_or_refresh() {
    let server = challenging(401, "Bearer error=\"invalid_token\"");
    let case = signed_in(&[("one", server.url())]);
    let rows = |more: &[&str]| -> Value {
        serde_json::from_str(&case.ok(&[&["status", "--json"], more].concat()).out).unwrap()
    };
    let typed = || case.typed(&["status", "--probe"]).out;
    let row = &rows(&["--probe"])[0];
    let said = [&row["standing"], &row["probe"], &row["probe_error"]];
    assert_eq!(said, ["usable", "refused", "invalid_token"]);
    assert_eq!(rows(&[])[0].get("probe"), None);
    assert!(typed().contains("sign in with `mcpgen login one`"));
    // A bridge, and `mcpgen refresh`, would renew this one.
    let redirect = row["redirect_uri"].clone();
    let client = json!({ "client_id": "c", "redirect_uris": [redirect] });
    let key = row["key"].as_str().unwrap();
    case.put(&format!(".mcp-auth/mcp-remote-v1/{key}_client_info.json"), client.to_string());
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let past = u64::try_from(since.as_millis()).unwrap() - 1000;
    hold(&case, "one", &json!({ "refresh_token": "r", "expires_at": past }));
    let said = typed();
    assert!(said.contains("refresh with `mcpgen refresh one`"), "{said}");
    assert!(!said.contains("mcpgen login"), "{said}");
    hold(&case, "one", &json!({ "refresh_token": "r", "expires_at": past + 10_000_000 }));
    let said = typed();
    assert!(said.contains("refresh with `mcpgen refresh --force one`"), "{said}");
    assert!(!said.contains("mcpgen login"), "{said}");
    // Without a sign-in there is nothing to ask.
    let asked = server.asked("/mcp").len();
    std::fs::remove_file(case.path(&format!(".mcp-auth/mcp-remote-v1/{key}_tokens.json"))).unwrap();
    assert_eq!(rows(&["--probe"])[0]["probe"], Value::Null);
    assert_eq!(server.asked("/mcp").len(), asked);
}

#[test]
fn a_probe_goes_through_the_proxy_with_the_systems_certificates() {
    let proxy = Proxy::start(|_, _, _| Answer::json(200, &json!({})));
    let case = signed_in(&[("one", format!("{BASE}/mcp"))]).write("authority.pem", AUTHORITY);
    let case = case.var("HTTPS_PROXY", proxy.address());
    assert_eq!(verdicts(&probe(&case, &[])), [("one", "unreachable")]);
    assert!(proxy.book.lock().unwrap().seen.is_empty(), "nothing was sent");
    let path = case.path("authority.pem").to_str().unwrap().to_owned();
    let case = case.var("SSL_CERT_FILE", path);
    assert_eq!(verdicts(&probe(&case, &[])), [("one", "accepted")]);
}
