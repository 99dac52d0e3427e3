//! `headers` as a process that a client starts and kills.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

use super::headers::{
    access, ask_as_another, assert_refused, bearer, headers, refreshes, refusing,
};
use super::{expire, signed_in};
use crate::case::Case;
use crate::oauth::Server;

/// A server that holds back the response to a refresh until the test says so.
fn holding() -> (Server, Arc<AtomicBool>) {
    let released = Arc::new(AtomicBool::new(false));
    let held = Arc::clone(&released);
    let server = Server::tampered(move |asked, _, answer| {
        if asked.path == "/token" && asked.body.contains("grant_type=refresh_token") {
            while !held.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
        answer
    });
    (server, released)
}

fn wait_for_other_token(case: &Case, old: &str) {
    let (sender, found) = channel();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while access(case) == old {
                std::thread::sleep(Duration::from_millis(5));
            }
            sender.send(()).unwrap();
        });
        found.recv_timeout(Duration::from_secs(20)).expect("the refresh continues");
    });
}

#[test]
fn a_refresh_is_not_lost_if_the_client_kills_the_command() {
    let (server, released) = holding();
    let case = signed_in(&server);
    expire(&case);
    let old = access(&case);
    let mut child = case.command(&["headers", "one"]).spawn().unwrap();
    while refreshes(&server) == 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    released.store(true, Ordering::SeqCst);
    wait_for_other_token(&case, &old);
    assert_eq!(headers(&case.run(&["headers", "one"])), bearer(&access(&case)));
    assert_eq!(refreshes(&server), 1);
}

#[test]
fn the_command_responds_before_the_client_kills_it() {
    let (server, released) = holding();
    let case = signed_in(&server);
    expire(&case);
    let old = access(&case);
    // Clients wait ten seconds. `timeout` exits with 124 if it ends the command.
    let mut client = case.wrapped(&["timeout", "10"], &["headers", "one"]);
    assert_refused(&case.finish(&mut client, None), "takes long, and continues; try again");
    released.store(true, Ordering::SeqCst);
    wait_for_other_token(&case, &old);
    assert_eq!(headers(&ask_as_another(&case)), bearer(&access(&case)));
    assert_eq!(refreshes(&server), 1);
}

#[test]
fn a_shell_between_the_client_and_the_command_is_not_the_client() {
    let refused = Arc::default();
    let server = refusing(&refused);
    let case = signed_in(&server);
    let first = headers(&case.shell("mcpgen headers one; true", ""));
    refused.lock().unwrap().push(access(&case));
    assert_ne!(headers(&case.shell("mcpgen headers one; true", "")), first);
    assert_eq!(refreshes(&server), 1);
}

#[test]
fn headers_are_not_shown_on_a_terminal_by_mistake() {
    let server = Server::honest();
    let case = signed_in(&server);
    let run = case.typed(&["headers", "one"]);
    assert!(!run.out.contains("Bearer") && run.out.contains("would be visible"), "{}", run.out);
    assert!(case.typed(&["headers", "one", "--reveal"]).out.contains("Bearer "));
}
