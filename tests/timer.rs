//! `refresh --install` and `--uninstall`. A stand-in for systemctl records its calls; it starts nothing.

use std::os::unix::fs::{PermissionsExt, symlink};

use crate::case::Case;

mod command_line;
mod contents;

const SERVICE: &str = ".config/systemd/user/mcpgen-refresh.service";
const TIMER: &str = ".config/systemd/user/mcpgen-refresh.timer";
const INSTALL: &[&str] = &["refresh", "--install", "--yes"];
const UNINSTALL: &[&str] = &["refresh", "--uninstall", "--yes"];
const STARTED: &str = "daemon-reload\nenable --now mcpgen-refresh.timer\n";
const DECLARATION: &str = "clients = [\"cursor\"]\n[servers.one]\ncommand = \"one\"\n";

// Knows only whether the timer is active. The command in $FAIL fails as it does where no user manager runs.
const SYSTEMCTL: &str = r#"#!/bin/sh
[ "$1" = --user ] || exit 9
shift
[ "$1" = is-active ] && { [ -e "$HOME/active" ]; exit; }
echo "$*" >> "$HOME/calls"
[ "$1" = "$FAIL" ] && { echo "Failed to connect to bus: No medium found" >&2; exit 1; }
case "$1" in
  enable) : > "$HOME/active" ;;
  disable|stop) rm -f "$HOME/active" ;;
esac
exit 0
"#;

fn machine() -> Case {
    let case = Case::new().declare(DECLARATION).write("bin/systemctl", SYSTEMCTL);
    make_executable(&case, "bin/systemctl");
    let path = format!("{}:/usr/bin:/bin", case.path("bin").display());
    case.var("PATH", path)
}

fn make_executable(case: &Case, path: &str) {
    std::fs::set_permissions(case.path(path), PermissionsExt::from_mode(0o755)).unwrap();
}

fn calls(case: &Case) -> String {
    let calls = std::fs::read_to_string(case.path("calls")).unwrap_or_default();
    std::fs::remove_file(case.path("calls")).ok();
    calls
}

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Pastes the command after some words of a message into a shell.
fn paste(case: &Case, said: &str, after: &str) {
    let said = flat(said);
    let (_, rest) = said.split_once(&format!("{after} `")).unwrap_or_else(|| panic!("{said}"));
    let line = rest.split('`').next().unwrap();
    symlink(env!("CARGO_BIN_EXE_mcpgen"), case.path("bin/mcpgen")).ok();
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", line]).env_clear().env("HOME", case.home()).current_dir(case.home());
    shell.env("PATH", format!("{}:/usr/bin:/bin", case.path("bin").display()));
    let output = shell.output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    std::fs::remove_file(case.path("bin/mcpgen")).unwrap();
}

#[test]
fn an_installed_timer_runs_mcpgen_by_its_absolute_path() {
    let case = machine();
    let run = case.ok(INSTALL);
    assert_eq!(calls(&case), STARTED);
    let exec = format!("ExecStart=\"{}\" \"refresh\"\n", env!("CARGO_BIN_EXE_mcpgen"));
    assert!(case.read(SERVICE).ends_with(&exec), "{}", case.read(SERVICE));
    assert!(case.read(TIMER).contains("OnUnitActiveSec=15min\n"), "{}", case.read(TIMER));
    assert!(run.err.contains("installed the timer `mcpgen-refresh`"), "{}", run.err);
}

#[test]
fn every_file_and_command_is_shown_before_anything_is_written() {
    let case = machine();
    let before = case.snapshot();
    let run = case.run(&["refresh", "--install", "--every", "1h"]);
    assert_eq!(run.code, 2, "{}", run.err);
    for line in [
        "create ~/.config/systemd/user/mcpgen-refresh.service\n",
        "  OnUnitActiveSec=60min\n",
        "run `systemctl --user daemon-reload`\n",
        "run `systemctl --user enable --now mcpgen-refresh.timer`\n",
    ] {
        assert!(run.out.contains(line), "{line}{}", run.out);
    }
    assert_eq!(case.snapshot(), before);
    paste(&case, &run.err, "run");
    assert!(case.read(TIMER).contains("OnUnitActiveSec=60min\n"), "the suggested command does it");
}

#[test]
fn on_a_terminal_mcpgen_asks_and_only_a_yes_installs() {
    let typed = |case: &Case, input: &str| {
        let wrapper = ["sh", "-c", "exec script -qec \"$0 $*\" /dev/null"];
        let mut command = case.wrapped(&wrapper, &["refresh", "--install"]);
        case.finish(&mut command, Some(input.as_bytes()))
    };
    let case = machine();
    let run = typed(&case, "\n");
    assert!(run.out.contains("continue? [y/N]"), "{}", run.out);
    assert!(run.code == 1 && !case.exists(SERVICE) && calls(&case).is_empty(), "{}", run.out);
    let run = typed(&case, "y\n");
    assert!(run.code == 0 && case.exists(SERVICE), "{}", run.out);
}

#[test]
fn a_second_run_changes_nothing_and_says_so() {
    let case = machine();
    case.ok(INSTALL);
    calls(&case);
    let before = case.snapshot();
    let run = case.ok(&["refresh", "--install"]);
    assert!(run.err.contains("already installed"), "{}", run.err);
    assert_eq!((run.out.as_str(), calls(&case).as_str()), ("", ""));
    assert_eq!(case.snapshot(), before);
}

#[test]
fn a_timer_that_was_stopped_is_started_again() {
    let case = machine();
    case.ok(INSTALL);
    std::fs::remove_file(case.path("active")).unwrap();
    calls(&case);
    case.ok(INSTALL);
    assert_eq!(calls(&case), STARTED);
}

#[test]
fn another_interval_replaces_the_timer() {
    let case = machine();
    case.ok(INSTALL);
    calls(&case);
    let run = case.ok(&[INSTALL, &["--every", "30min"]].concat());
    assert!(run.out.contains("replace ~/.config/systemd/user/mcpgen-refresh.timer"), "{}", run.out);
    assert!(!run.out.contains("mcpgen-refresh.service\n"), "it does not change\n{}", run.out);
    assert_eq!(calls(&case), format!("disable --now mcpgen-refresh.timer\n{STARTED}"));
    assert!(case.read(TIMER).contains("OnUnitActiveSec=30min\n"));
}

#[test]
fn an_interval_has_a_unit_and_is_between_a_minute_and_a_day() {
    let case = machine();
    for every in ["15", "0min", "25h", "1d", "", "-1min", "99999999999h", "1h30min"] {
        let run = case.run(&["refresh", "--install", "--yes", &format!("--every={every}")]);
        assert!(run.code == 2 && !case.exists(SERVICE), "{every}: {}", run.err);
    }
}

#[test]
fn a_file_that_mcpgen_did_not_write_or_that_was_edited_is_not_changed() {
    let edit = |case: &Case| case.put(SERVICE, case.read(SERVICE).replace("oneshot", "simple"));
    let foreign = |case: &Case| case.put(SERVICE, "[Service]\nExecStart=/bin/true\n");
    let plants: [&dyn Fn(&Case); 2] = [&edit, &foreign];
    for plant in plants {
        for command in [INSTALL, UNINSTALL] {
            let case = machine();
            case.ok(INSTALL);
            plant(&case);
            calls(&case);
            let before = case.snapshot();
            let run = case.run(command);
            assert!(run.code == 1 && run.err.contains(SERVICE), "{}", run.err);
            assert_eq!((case.snapshot(), calls(&case).as_str()), (before, ""));
            paste(&case, &run.err, "with");
            case.ok(command);
            assert_eq!(case.exists(TIMER), command == INSTALL);
        }
    }
}

#[test]
fn a_timer_of_nix_stays_the_only_one() {
    for command in [INSTALL, UNINSTALL] {
        let case = machine();
        std::fs::create_dir_all(case.path(".config/systemd/user")).unwrap();
        for path in [SERVICE, TIMER] {
            symlink("/nix/store/0-home-manager-files/unit", case.path(path)).unwrap();
        }
        let run = case.run(command);
        assert!(run.code == 1 && run.err.contains("Nix manages the timer"), "{}", run.err);
        assert!(case.path(SERVICE).is_symlink() && calls(&case).is_empty());
    }
}

#[test]
fn a_timer_with_the_same_name_from_elsewhere_is_not_replaced() {
    for command in [INSTALL, UNINSTALL] {
        let case = machine().write("active", "");
        let run = case.run(command);
        assert!(run.code == 1 && run.err.contains("is already active"), "{}", run.err);
        assert!(!case.exists(SERVICE) && calls(&case).is_empty());
        paste(&case, &run.err, "stop it with");
        case.ok(command);
    }
}

#[test]
fn nothing_stays_of_a_timer_that_cannot_be_started() {
    for fails in ["daemon-reload", "enable"] {
        let case = machine().var("FAIL", fails);
        let run = case.run(INSTALL);
        assert_eq!(run.code, 1, "{}", run.err);
        let said = flat(&run.err);
        assert!(said.contains("failed: Failed to connect to bus: No medium found"), "{said}");
        assert!(said.contains("run `mcpgen refresh` with another scheduler"), "{said}");
        assert!(!case.exists(".config/systemd"), "{fails}");
    }
}

#[test]
fn the_old_timer_stays_if_the_new_one_cannot_be_started() {
    let case = machine();
    case.ok(INSTALL);
    let (service, timer) = (case.read(SERVICE), case.read(TIMER));
    let failing = case.var("FAIL", "daemon-reload");
    assert_eq!(failing.run(&[INSTALL, &["--every", "1h"]].concat()).code, 1);
    assert_eq!((failing.read(SERVICE), failing.read(TIMER)), (service, timer));
}

#[test]
fn without_systemd_nothing_is_written() {
    let case = Case::new().declare(DECLARATION).var("PATH", "/nowhere");
    let run = case.run(INSTALL);
    assert!(run.code == 1 && run.err.contains("`systemctl` was not found"), "{}", run.err);
    assert!(!case.exists(".config/systemd"));
}

#[test]
fn uninstall_removes_what_install_wrote_and_nothing_else() {
    let case = machine().write(".config/systemd/user/mine.timer", "mine\n");
    let before = case.snapshot();
    case.ok(INSTALL);
    calls(&case);
    let shown = case.run(&["refresh", "--uninstall"]);
    assert!(shown.code == 2 && case.exists(TIMER), "{}", shown.err);
    assert!(shown.out.contains("remove ~/.config/systemd/user/mcpgen-refresh.timer\n"));
    case.ok(UNINSTALL);
    assert_eq!(calls(&case), "disable --now mcpgen-refresh.timer\ndaemon-reload\n");
    assert_eq!(case.snapshot(), before);
    let again = case.ok(UNINSTALL);
    assert!(again.err.contains("there is no timer"), "{}", again.err);
}

#[test]
fn a_timer_that_cannot_be_stopped_is_not_removed() {
    let case = machine();
    case.ok(INSTALL);
    let case = case.var("FAIL", "disable");
    let run = case.run(UNINSTALL);
    assert!(run.code == 1 && case.exists(SERVICE) && case.exists(TIMER), "{}", run.err);
    paste(&case, &run.err, "to remove the files, run");
    assert!(!case.exists(SERVICE) && !case.exists(TIMER));
}
