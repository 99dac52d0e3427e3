//! The streams and the end of a server that `verify` starts.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{TWO, assert_ended, machine, script, verify};

#[test]
fn a_server_that_sends_requests_and_does_not_read_ends_at_the_timeout() {
    let id = "x".repeat(30_000);
    let ping = format!(r#"{{"jsonrpc":"2.0","id":"{id}","method":"ping"}}"#);
    let deaf = format!(
        "#!/bin/sh\necho $$ >> \"$HOME/pids\"\nfor at in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do\n\
         printf '%s\\n' '{ping}'\ndone\nsleep 40\n"
    );
    let case = machine(&[("deaf", &deaf), ("good", &script("", &[TWO]))]);
    let begin = Instant::now();
    let (code, rows, err) = verify(&case, &["--timeout", "2"]);
    assert!(begin.elapsed() < Duration::from_secs(15), "{:?}", begin.elapsed());
    assert_eq!((code, &rows[0]["error"]), (1, &json!("timeout")), "{err}");
    assert_eq!(rows[1]["tools"], 2);
    assert_eq!(assert_ended(&case), 2);
}

#[test]
fn a_server_that_reads_gets_a_response_to_each_of_many_requests() {
    let ping = r#"{"jsonrpc":"2.0","id":9,"method":"ping"}"#;
    let pings = format!("for at in $(seq 500); do printf '%s\\n' '{ping}'; done");
    let busy = script(&pings, &[TWO]);
    let case = machine(&[("busy", &busy)]);
    let (code, rows, err) = verify(&case, &["--timeout", "20"]);
    assert_eq!((code, &rows[0]["tools"]), (0, &json!(2)), "{err}");
}
