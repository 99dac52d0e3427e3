//! A response that the person pastes, because the browser is on another machine.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use crate::case::Case;
use crate::oauth::{Server, cached, get};

#[test]
fn a_response_is_pasted_where_the_browser_is_on_another_machine() {
    let missing = ("BROWSER", "/nowhere/browser");
    for (name, value) in [("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22"), missing] {
        let (case, server) = (Case::new(), Server::honest());
        let url = server.url();
        let mut command = case.command(&["login", &url, "--timeout", "20"]);
        let script = case.path("browser");
        case.put("browser", "#!/bin/sh\n");
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
        command.env("BROWSER", &script).env(name, value).stdin(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut err = BufReader::new(child.stderr.take().unwrap());
        let page = loop {
            let mut line = String::new();
            assert_ne!(err.read_line(&mut line).unwrap(), 0, "{name}");
            if let Some(page) = line.trim().strip_prefix("http").filter(|_| line.starts_with("  "))
            {
                break format!("http{page}");
            }
        };
        let sent = get(&page, None).unwrap().header("Location").unwrap().to_owned();
        let stdin = child.stdin.as_mut().unwrap();
        // What is not a response is asked for again.
        stdin.write_all(format!("garbage\n{sent}\n").as_bytes()).unwrap();
        assert!(child.wait().unwrap().success(), "{name}");
        let mut said = String::new();
        std::io::Read::read_to_string(&mut err, &mut said).unwrap();
        assert!(said.contains("paste the whole URL"), "{name}: {said}");
        assert!(cached(&case, "tokens.json").is_some(), "{name}");
    }
}
