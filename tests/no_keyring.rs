//! The commands of `secret` on a machine without a keyring.

use crate::case::Case;

#[test]
fn without_a_keyring_every_command_reports_it_and_names_the_other_stores() {
    let case = Case::new().var("DBUS_SESSION_BUS_ADDRESS", "unix:path=/none");
    let commands =
        [&["list"][..], &["rm", "a"], &["get", "a"], &["set", "a"], &["set", "a", "--stdin"]];
    for args in commands {
        let run = case.pipe(&[&["secret"], args].concat(), "t");
        assert_eq!((run.code, run.out.as_str()), (1, ""), "{args:?}");
        let words = run.err.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("no keyring is available"), "{args:?}\n{}", run.err);
        assert!(words.contains(
            "file:PATH, dotenv:PATH#NAME, env:NAME, op://vault/item/field, pass:PATH or command:…"
        ));
        assert!(!words.contains("/none") && !words.contains("Failed to connect"), "{}", run.err);
    }
}

#[test]
fn nobody_is_asked_for_a_secret_that_no_keyring_can_store() {
    let case = Case::new().var("DBUS_SESSION_BUS_ADDRESS", "unix:path=/none");
    let run = case.typed(&["secret", "set", "a"]);
    assert_eq!(run.code, 1, "{}", run.out);
    assert!(run.out.contains("no keyring is available"), "{}", run.out);
    assert!(!run.out.contains("hidden"), "{}", run.out);
}
