//! The recorded session of the README: its commands work, and they print what the recording shows.

use serde_json::json;

use crate::case::{CANARY, Case, Run};
use crate::oauth::proxy::{AUTHORITY, BASE, Proxy};
use crate::oauth::{Asked, Login, free_port, get};
use crate::repository;

/// Returns each command of the recording with the lines that it prints.
fn session() -> Vec<(String, Vec<String>)> {
    let drawing = repository::content("docs/session.svg");
    let (_, lines) = drawing.split_once("</style>").unwrap();
    let visible = |line: &str| -> String {
        line.split('<').map(|part| part.rsplit('>').next().unwrap_or_default()).collect()
    };
    let mut commands: Vec<(String, Vec<String>)> = vec![];
    for line in lines.lines().map(visible) {
        let line = line.replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&");
        match (line.strip_prefix("$ mcpgen "), commands.last_mut()) {
            (Some(command), _) => commands.push((command.to_owned(), vec![])),
            (None, Some((_, printed))) if !line.is_empty() => printed.push(line),
            (None, _) => {}
        }
    }
    commands
}

/// Signs in to the server behind the proxy, as a person does.
fn sign_in(case: &Case, proxy: &Proxy, url: &str) -> Run {
    let mut login = Login::start(case, &[url, "--port", &free_port()]);
    let page = login.url().unwrap();
    let query = page.split_once('?').unwrap().1.to_owned();
    let asked =
        Asked { method: "GET".into(), path: "/authorize".into(), query, ..Asked::default() };
    let sent = proxy.book.lock().unwrap().answer(&asked, BASE);
    get(sent.header("Location").unwrap(), None).unwrap();
    login.end()
}

#[test]
fn the_commands_of_the_recorded_session_print_what_it_shows() {
    let proxy = Proxy::start(|_, _, answer| answer);
    let case = Case::new().write("authority.pem", AUTHORITY);
    let authority = case.path("authority.pem").to_str().unwrap().to_owned();
    let case = case.var("HTTPS_PROXY", proxy.address()).var("SSL_CERT_FILE", authority);
    let url = format!("{BASE}/mcp");
    let file = json!({ "mcpServers": { "atlassian": { "url": url } } }).to_string();
    case.put(".cursor/mcp.json", &file);
    case.put(".claude.json", &file);
    let own = json!({ "mcpOAuth": { "a": { "serverUrl": url, "accessToken": CANARY } } });
    case.put(".claude/.credentials.json", own.to_string());
    let mut compared = 0;
    for (command, shown) in session() {
        let words: Vec<&str> = command.split(' ').collect();
        let run = match words.as_slice() {
            ["login"] => sign_in(&case, &proxy, &url),
            words => case.run(words),
        };
        assert_eq!(run.code, 0, "{command}\n{}", run.err);
        let printed: Vec<&str> = run.out.lines().filter(|line| !line.is_empty()).collect();
        let shown = &shown[..printed.len().min(shown.len())];
        assert_eq!(printed, shown, "if this is correct, record the session again: `just session`");
        compared += printed.len();
    }
    assert!(compared >= 6, "{compared} lines");
}
