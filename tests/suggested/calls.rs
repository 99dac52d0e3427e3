//! Every call of `mcpgen::suggest` in the source, and the test that types its command.

use std::collections::BTreeSet;
use std::path::Path;

use super::cases::CASES;
use super::sources::sources;

/// A call: the file below `src`, and the fixed words of the command.
pub type Call = (&'static str, &'static str);

/// Calls whose commands other tests type after the message.
const ELSEWHERE: [(Call, &str); 37] = [
    (
        ("commands/bridge.rs", "login"),
        "a_bridge_does_not_open_the_page_of_the_provider_but_says_how_to_sign_in",
    ),
    (
        ("doctor/identity_providers.rs", "login"),
        "doctor_names_the_command_that_signs_in_at_the_provider",
    ),
    (
        ("commands/setup.rs", "setup"),
        "a_run_that_is_killed_at_a_question_is_continued_by_the_next_run",
    ),
    (
        ("commands/first_screen.rs", "setup"),
        "one_run_leads_from_two_separate_sign_ins_to_a_shared_one_and_back",
    ),
    (
        ("commands/init.rs", "setup"),
        "a_new_entry_of_a_client_is_offered_and_the_rest_of_the_declaration_stays",
    ),
    (
        ("commands/init.rs", "init --import"),
        "init_shows_the_servers_and_imports_them_over_its_own_starter",
    ),
    (
        ("commands/setup.rs", "setup --yes"),
        "yes_without_a_terminal_does_everything_that_needs_no_person_and_twice_is_once",
    ),
    (
        ("commands/setup.rs", "undo"),
        "one_run_leads_from_two_separate_sign_ins_to_a_shared_one_and_back",
    ),
    (("commands/setup/correct.rs", "edit"), "a_declaration_with_errors_is_opened_in_the_editor"),
    (
        ("commands/setup/declare.rs", "add NAME URL"),
        "without_a_server_anywhere_setup_names_the_first_command",
    ),
    (("commands/uninstall.rs", "undo"), "an_entry_that_mcpgen_replaced_can_be_restored_before"),
    (("commands/uninstall.rs", "uninstall --yes"), "without_their_flags_sign_ins_and_secrets_stay"),
    (
        ("commands/uninstall.rs", "uninstall --yes --sign-ins --secrets"),
        "afterwards_the_files_have_their_old_bytes_and_nothing_of_mcpgen_is_left",
    ),
    (("commands/add.rs", "login"), "after_an_add_the_command_to_sign_in_signs_in"),
    (
        ("commands/init.rs", "(chosen)"),
        "it_leads_from_an_empty_machine_to_a_machine_where_all_is_done",
    ),
    (
        ("commands/list.rs", "(chosen)"),
        "it_leads_from_an_empty_machine_to_a_machine_where_all_is_done",
    ),
    (
        ("commands/login.rs", "apply"),
        "after_a_login_the_server_is_added_to_the_files_as_the_message_says",
    ),
    (("commands/output.rs", "--out"), "the_directory_that_an_output_command_names_is_filled"),
    (
        ("commands/planned/errors.rs", "apply"),
        "an_entry_that_appears_while_mcpgen_writes_is_kept_and_reported",
    ),
    (
        ("commands/refresh.rs", "logout"),
        "a_refresh_says_how_to_sign_in_if_the_server_of_a_declared_client_has_moved",
    ),
    (
        ("commands/refresh/timer.rs", "mv"),
        "a_file_that_mcpgen_did_not_write_or_that_was_edited_is_not_changed",
    ),
    (("commands/refresh/timer.rs", "rm"), "a_timer_that_cannot_be_stopped_is_not_removed"),
    (
        ("commands/refresh/timer.rs", "refresh --install --yes"),
        "every_file_and_command_is_shown_before_anything_is_written",
    ),
    (
        ("commands/report.rs", "ln -s"),
        "a_link_that_a_client_replaced_by_a_file_is_reported_until_it_is_restored",
    ),
    (
        ("commands/report.rs", "mv"),
        "a_link_that_a_client_replaced_by_a_file_is_reported_until_it_is_restored",
    ),
    (
        ("commands/report/conflict.rs", "undo"),
        "an_entry_in_another_layer_is_a_conflict_that_names_both_files",
    ),
    (("commands/status.rs", "(chosen)"), "a_refused_sign_in_gets_help_to_sign_in_or_refresh"),
    (("doctor/cache.rs", "chmod 600"), "the_command_for_an_exposed_sign_in_makes_it_private"),
    (("doctor/cache.rs", "find -H"), "the_command_for_left_over_files_deletes_only_them"),
    (("doctor/ours.rs", "plan --diff"), "the_commands_for_an_edited_entry_restore_it"),
    (
        ("doctor/rules.rs", "apply"),
        "a_server_that_is_declared_as_doctor_says_is_adopted_and_not_reported_again",
    ),
    (
        ("doctor/sharing.rs", "apply"),
        "a_server_that_is_declared_as_doctor_says_is_adopted_and_not_reported_again",
    ),
    (
        ("commands/report/headers.rs", "refresh --install"),
        "every_file_and_command_is_shown_before_anything_is_written",
    ),
    (("doctor/headers.rs", "apply"), "doctor_names_what_takes_precedence_over_the_headers"),
    (
        ("doctor/timer.rs", "refresh --install"),
        "doctor_reports_a_timer_whose_program_or_declaration_is_gone",
    ),
    (
        ("doctor/withheld.rs", "apply"),
        "doctor_reports_an_entry_from_before_the_names_and_apply_adds_them",
    ),
    (("timer.rs", "(chosen)"), "a_timer_with_the_same_name_from_elsewhere_is_not_replaced"),
];

/// Calls whose commands no test types, with the reason.
const UNTYPED: [(Call, &str); 37] = [
    (("commands/report/identity.rs", "refresh --install"), "needs a service manager"),
    (("commands/setup.rs", "verify"), "the command of `commands/first_screen.rs`"),
    (("commands/setup/declare.rs", "import"), "names a step that `setup` carries out"),
    (("commands/setup/declare.rs", "init --import"), "names a step that `setup` carries out"),
    (
        ("commands/setup/declare.rs", "init --import --probe"),
        "names a step that `setup` carries out",
    ),
    (("commands/setup/sign_in.rs", "login"), "names a step that `setup` carries out"),
    (("commands/setup/verify_servers.rs", "verify"), "names a step that `setup` carries out"),
    (
        ("commands/setup/write_files.rs", "apply --adopt-all"),
        "names a step that `setup` carries out",
    ),
    (("commands/uninstall.rs", "rm"), "would remove the declaration, as it says"),
    (("commands/uninstall/sign_ins.rs", "check"), "the command of `commands/list.rs`"),
    (("auth/login/callback_port.rs", "lsof -i"), "`lsof` is not installed everywhere"),
    (("commands/import.rs", "apply --adopt-all"), "one of several steps of an import"),
    (("commands/import.rs", "check"), "one of several steps of an import"),
    (("commands/import/keep.rs", "mcpgen secret rm"), "needs a keyring"),
    (("commands/import/summary.rs", "mcpgen secret set"), "needs a keyring"),
    (("commands/login.rs", "logout"), "only after a server has moved"),
    (("commands/login.rs", "verify"), "the command of `commands/first_screen.rs`"),
    (("commands/login.rs", "rm"), "only after a server has moved"),
    (("commands/refresh/timer.rs", "refresh"), "is for another scheduler"),
    (("commands/refresh/timer.rs", "refresh --uninstall --yes"), "needs a service manager"),
    (("commands/secret.rs", "(chosen)"), "needs a keyring"),
    (("commands/verify/diagnosis.rs", "login"), "needs a bridge"),
    (("commands/verify/diagnosis.rs", "verify"), "waits for a timeout"),
    (
        ("completion/shell.rs", "mcpgen completions powershell | Out-String | Invoke-Expression"),
        "needs PowerShell",
    ),
    (("doctor/cache.rs", "login --migrate"), "needs a sign-in of an old bridge"),
    (("doctor/difference.rs", "login --migrate"), "needs a sign-in of an old bridge"),
    (("doctor/own_sign_in.rs", "apply"), "the remedy of `doctor/sharing.rs`"),
    (("doctor/placeholders.rs", "apply"), "the remedy of `doctor/sharing.rs`"),
    (("doctor/ports.rs", "kill"), "would end a program of the machine"),
    (("doctor/ports.rs", "login"), "would end a program of the machine"),
    (("doctor/secrets.rs", "mcpgen secret set NAME"), "needs a keyring"),
    (("fs/error.rs", "attrib -r"), "is for Windows"),
    (("fs/error.rs", "chattr -i -a"), "needs the right to set the attribute"),
    (("fs/error.rs", "chflags nouchg,nouappnd"), "is for macOS"),
    (("launch/inherited.rs", "mcpgen secret set"), "needs a keyring"),
    (("secret_store/error.rs", "mcpgen secret set"), "needs a keyring"),
    (("secret_store/error.rs", "security unlock-keychain"), "is for macOS"),
];

const STARTS: [&str; 6] =
    ["ShellCommand::new(", ".mcpgen(", ".undeclared(", ".apply(", "suggest.again(", ".again_with("];
const CHOSEN: &str = "(chosen)";

#[test]
fn every_call_has_a_test_that_types_its_command() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeSet::new();
    for path in sources(&root) {
        let text = std::fs::read_to_string(&path).unwrap();
        let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        let file = path.strip_prefix(&root).unwrap().to_str().unwrap();
        found.extend(calls(text).map(|words| (file.to_owned(), words)));
    }
    let owned = |(file, words): &Call| ((*file).to_owned(), (*words).to_owned());
    let cases = CASES.iter().flat_map(|case| case.of).map(owned);
    let others = ELSEWHERE.iter().chain(&UNTYPED).map(|(call, _)| owned(call));
    let known: BTreeSet<_> = cases.chain(others).collect();
    let missing: Vec<_> = found.difference(&known).collect();
    let gone: Vec<_> = known.difference(&found).collect();
    assert!(missing.is_empty(), "no test types these commands: {missing:#?}");
    assert!(gone.is_empty(), "the source has no such calls: {gone:#?}");
}

#[test]
fn a_test_that_is_named_exists() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let text: String =
        sources(&tests).iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    for (call, name) in ELSEWHERE {
        assert!(text.contains(&format!("fn {name}()")), "{call:?}: {name}");
    }
}

// Returns the fixed words of each call. A call whose words are in a variable has the word of `CHOSEN`.
fn calls(text: &str) -> impl Iterator<Item = String> {
    let starts =
        STARTS.iter().flat_map(|start| text.split(start).skip(1).map(move |rest| (*start, rest)));
    let words = starts.filter_map(|(start, rest)| {
        let rest = rest.trim_start();
        match rest.strip_prefix('"') {
            Some(rest) => rest.split('"').next().map(str::to_owned),
            // Another function of the same name has no words.
            None if start == ".apply(" || rest.starts_with(')') => None,
            None => Some(CHOSEN.to_owned()),
        }
    });
    words.collect::<Vec<_>>().into_iter()
}
