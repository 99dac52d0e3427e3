//! Suggested commands: each is typed after its message in the same situation, and must help.

use serde_json::json;

use super::calls::Call;
use super::said;
use super::situations::*;
use crate::case::{Case, Run};
use crate::oauth::{Server, sign_in};

/// What a typed suggestion must do.
#[derive(Clone, Copy)]
enum Effect {
    /// The message does not suggest it again.
    Gone,
    /// It prints a string.
    Shows(&'static str),
}

/// A situation, the command that is typed in it, and the suggestions that are typed afterwards, in their order.
pub struct SuggestionCase {
    /// The calls of `mcpgen::suggest` that make the suggestions.
    pub of: &'static [Call],
    make: fn(&Server) -> Case,
    say: &'static [&'static str],
    input: &'static str,
    is_on_terminal: bool,
    // What a person writes in place of the words of a suggestion that stand for something.
    filled: (&'static str, &'static str),
    effect: Effect,
    code: i32,
}

impl SuggestionCase {
    const fn new(
        of: &'static [Call],
        say: &'static [&'static str],
        make: fn(&Server) -> Case,
    ) -> Self {
        let (filled, effect) = (("", ""), Effect::Gone);
        Self { of, make, say, input: "", is_on_terminal: false, filled, effect, code: 0 }
    }

    const fn on_terminal(self) -> Self {
        Self { is_on_terminal: true, ..self }
    }

    const fn piped(self, input: &'static str) -> Self {
        Self { input, ..self }
    }

    const fn filled(self, from: &'static str, to: &'static str) -> Self {
        Self { filled: (from, to), ..self }
    }

    const fn shows(self, text: &'static str) -> Self {
        Self { effect: Effect::Shows(text), ..self }
    }

    // Of a command that looks for errors and finds some.
    const fn exits(self, code: i32) -> Self {
        Self { code, ..self }
    }

    fn run(&self, case: &Case) -> Run {
        match self.is_on_terminal {
            true => case.typed(self.say),
            false => case.pipe(self.say, self.input),
        }
    }

    fn prefix((_, words): &Call) -> String {
        let is_program = super::PROGRAMS.iter().any(|program| words.starts_with(program));
        if is_program { (*words).to_owned() } else { format!("mcpgen {words}") }
    }

    // Returns what failed.
    fn check(&self) -> Option<String> {
        let done = std::panic::catch_unwind(|| self.follow());
        let error = done.err()?;
        let text = error.downcast_ref::<String>().cloned();
        Some(text.unwrap_or_else(|| format!("{:?} panics", self.say)))
    }

    fn follow(&self) {
        let server = Server::honest();
        let case = (self.make)(&server);
        let run = self.run(&case);
        let suggested = said(&run);
        for call in self.of {
            let prefix = Self::prefix(call);
            let is_it = |line: &&String| {
                line.strip_prefix(&prefix)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
            };
            let line = suggested.iter().find(is_it);
            let line =
                line.unwrap_or_else(|| panic!("{:?} suggests no `{prefix}`: {run:?}", self.say));
            let line = if self.filled.0.is_empty() {
                line.clone()
            } else {
                line.replace(self.filled.0, self.filled.1)
            };
            let typed = self.typed(&case, &line);
            let shown = format!("{}{}", typed.out, typed.err);
            assert_eq!(typed.code, self.code, "`{line}` after {:?}: {shown}", self.say);
            if let Effect::Shows(text) = self.effect {
                assert!(shown.contains(text), "`{line}` after {:?}: {shown}", self.say);
            }
        }
        if let Effect::Gone = self.effect {
            let again = said(&self.run(&case));
            for prefix in self.of.iter().map(Self::prefix) {
                let is_it = |line: &String| line.starts_with(&prefix) && suggested.contains(line);
                assert!(!again.iter().any(is_it), "{:?} suggests it again: {again:?}", self.say);
            }
        }
    }

    fn typed(&self, case: &Case, line: &str) -> Run {
        let words = shell_words::split(line).unwrap();
        match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["mcpgen", "login", args @ ..] => sign_in(case, args),
            _ => case.shell(line, self.input),
        }
    }
}

/// All situations.
pub const CASES: [SuggestionCase; 55] = {
    type S = SuggestionCase;
    [
        S::new(
            &[("bridge/options/error.rs", "mcpgen bridge --help")],
            &["bridge", "--frob"],
            empty,
        )
        .shows("--header"),
        S::new(&[("commands.rs", "chmod 600")], &["check", "--secrets"], private),
        S::new(&[("commands/add.rs", "add NAME --from -")], &["add", "--from", "-"], applied)
            .piped("{\"command\": \"sh\"}")
            .filled("NAME", "new")
            .shows("added to"),
        S::new(&[("commands/add.rs", "apply")], &["add", "new", "sh"], applied).shows("added"),
        S::new(&[("commands/add.rs", "clients")], &["add", "new", "sh"], empty).shows("cursor"),
        S::new(&[("commands/add.rs", "remove")], &["add", "one", "sh"], one),
        S::new(&[("commands/apply.rs", "login")], &["apply"], oauth).on_terminal(),
        S::new(&[("commands/apply.rs", "undo")], &["apply"], one).on_terminal().shows("deleted"),
        S::new(&[("commands/apply.rs", "undo --forget")], &["apply", "--adopt-all"], foreign)
            .shows("deleted the file"),
        S::new(&[("commands/doctor.rs", "check")], &["doctor"], broken)
            .exits(1)
            .shows("mcp.toml:1"),
        S::new(&[("commands/edit.rs", "init")], &["edit"], with_editor),
        S::new(&[("commands/edit.rs", "plan")], &["edit"], one_with_editor).shows("+ one"),
        S::new(&[("commands/exec.rs", "apply")], &["exec", "nobody"], one).shows("added"),
        S::new(&[("commands/first_screen.rs", "--help")], &[], empty).shows("Sign in:"),
        S::new(&[("commands/first_screen.rs", "add NAME URL")], &[], starter)
            .filled("NAME URL", "new https://mcp.example.com/mcp --no-probe"),
        S::new(&[("commands/first_screen.rs", "check")], &[], broken).exits(1).shows("mcp.toml:1"),
        S::new(
            &[("commands/first_screen.rs", "plan"), ("commands/first_screen.rs", "apply")],
            &[],
            one,
        ),
        S::new(&[("commands/first_screen.rs", "login")], &[], oauth_applied),
        S::new(&[("commands/first_screen.rs", "init --import")], &[], undeclared),
        S::new(&[("commands/first_screen.rs", "verify")], &[], ending_applied)
            .exits(1)
            .shows("one"),
        S::new(&[("commands/import.rs", "init")], &["import"], empty).shows("wrote"),
        S::new(&[("commands/init.rs", "plan")], &["init"], starter).shows(""),
        S::new(&[("commands/init.rs", "rm")], &["init"], dangling),
        S::new(&[("commands/invocation.rs", "init")], &["check"], empty),
        S::new(&[("commands/list.rs", "apply")], &["list"], one).on_terminal(),
        S::new(&[("commands/list.rs", "check")], &["list"], broken).exits(1).shows("mcp.toml:1"),
        S::new(&[("commands/list.rs", "doctor")], &["list"], unreadable).exits(1).shows("mcp.json"),
        S::new(&[("commands/list.rs", "plan --diff")], &["list"], edited).on_terminal().shows("-"),
        S::new(&[("commands/list.rs", "init")], &["list"], empty).on_terminal(),
        S::new(&[("commands/list.rs", "login")], &["list"], oauth_applied).on_terminal(),
        S::new(&[("commands/merge.rs", "merge")], &["merge", "cursor"], one)
            .piped("{\"mcpServers\": {\"one\": {\"command\": \"x\"}}}")
            .shows("\"sh\""),
        S::new(&[("commands/merge.rs", "merge --adopt-all")], &["merge", "cursor"], two)
            .piped(
                "{\"mcpServers\": {\"one\": {\"command\": \"x\"}, \"two\": {\"command\": \"x\"}}}",
            )
            .shows("\"sh\""),
        S::new(&[("commands/output.rs", "rm")], &["render", "--out", "result"], rendered),
        S::new(&[("commands/output.rs", "mcpgen man")], &["man", "pages"], with_directory)
            .shows("wrote"),
        S::new(&[("commands/owners.rs", "apply")], &["plan"], orphan),
        S::new(&[("commands/owners.rs", "apply --none")], &["plan"], orphan),
        S::new(&[("commands/owners.rs", "owners")], &["apply", "--inherit", "nobody"], one)
            .shows(""),
        S::new(&[("commands/planned.rs", "apply")], &["apply"], foreign),
        S::new(&[("commands/planned.rs", "apply")], &["apply"], two_foreign),
        S::new(&[("commands/refresh.rs", "login")], &["refresh", "one"], oauth_applied),
        S::new(&[("commands/remove.rs", "apply")], &["remove", "one"], applied).shows("removed"),
        S::new(&[("commands/remove.rs", "list")], &["remove", "nobody"], one).shows("one"),
        S::new(&[("commands/select_clients.rs", "clients")], &["plan", "emacs-lisp"], one)
            .shows("cursor"),
        S::new(&[("commands/status.rs", "login")], &["status"], oauth_applied).on_terminal(),
        S::new(&[("commands/token.rs", "token")], &["token", "one"], signed_in)
            .on_terminal()
            .shows("access-"),
        S::new(&[("commands/headers.rs", "headers")], &["headers", "one"], signed_in)
            .on_terminal()
            .shows("Bearer access-"),
        S::new(&[("commands/init.rs", "edit")], &["init"], one_with_editor)
            .shows("no errors; next"),
        S::new(&[("commands/verify/diagnosis.rs", "exec")], &["verify"], ending).shows(""),
        S::new(&[("doctor/cache.rs", "login")], &["doctor"], oauth_broken),
        S::new(&[("doctor/calls.rs", "mcpgen help bridge")], &["doctor"], with_bridge)
            .shows("--protocol"),
        S::new(&[("doctor/ours.rs", "apply")], &["doctor"], with_secret),
        S::new(&[("fs/error.rs", "chmod go-w")], &["apply"], exposed_state),
        S::new(
            &[("ledger/error.rs", "mv"), ("ledger/error.rs", "apply --adopt-all")],
            &["plan"],
            damaged,
        ),
        S::new(&[("model/clients.rs", "apply --none")], &["check"], no_clients).shows("removed"),
        S::new(&[("model/clients.rs", "clients")], &["check"], unknown_client).shows("cursor"),
    ]
};

#[test]
fn each_suggested_command_helps_when_it_is_typed_after_its_message() {
    let failed: Vec<String> = CASES.iter().filter_map(SuggestionCase::check).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

// Each of these remedies begins with a change of the declaration.
#[test]
fn a_server_that_is_declared_as_doctor_says_is_adopted_and_not_reported_again() {
    for (code, file) in
        [("by-itself", CURSOR), ("transport", ".config/Claude/claude_desktop_config.json")]
    {
        let server = Server::honest();
        let entry = json!({ "mcpServers": { "one": { "url": server.url() } } }).to_string();
        let case = oauth(&server).write(file, &entry);
        std::fs::remove_file(case.path(".config/mcpgen/mcp.toml")).unwrap();
        if code == "by-itself" {
            case.put(".gemini/settings.json", entry.replace("\"url\"", "\"httpUrl\""));
        }
        let remedies = super::remedies(&case, code);
        let line = super::commands(&remedies[0]).remove(0);
        let clients = "clients = [\"cursor\", \"gemini-cli\", \"claude-desktop\"]\n";
        case.put(
            ".config/mcpgen/mcp.toml",
            format!("{clients}[servers.one]\nurl = \"{}\"\nauth = \"oauth\"\n", server.url()),
        );
        let conflict = case.shell(&line, "");
        assert_eq!(conflict.code, 4, "{line}: {}", conflict.err);
        let adopt = super::commands(&conflict.err).remove(0);
        assert_eq!(case.shell(&adopt, "").code, 0, "{adopt}");
        assert!(super::remedies(&case, code).is_empty(), "{code}");
    }
}

#[test]
fn the_directory_that_an_output_command_names_is_filled() {
    let case = with_directory(&Server::honest());
    let run = case.run(&["render", "--out", "pages"]);
    let option = run.err.split('`').find(|part| part.starts_with("--out ")).unwrap();
    let typed = case.shell(&format!("mcpgen render {option}"), "");
    assert_eq!(typed.code, 0, "{option}: {}", typed.err);
}

#[test]
fn after_a_login_the_server_is_added_to_the_files_as_the_message_says() {
    let server = Server::honest();
    let case = oauth(&server);
    let run = sign_in(&case, &["one"]);
    let line = super::commands(&run.err).remove(0);
    assert_eq!((line.as_str(), case.shell(&line, "").code), ("mcpgen apply", 0), "{}", run.err);
    assert!(super::commands(&sign_in(&case, &["one", "--force"]).err).is_empty());
}

#[test]
fn after_an_add_the_command_to_sign_in_signs_in() {
    let server = Server::honest();
    let case = one(&server);
    let run = case.ok(&["add", "new", &server.url()]);
    let line = super::commands(&run.err).pop().unwrap();
    assert_eq!(line, "mcpgen login new", "{}", run.err);
    assert_eq!(sign_in(&case, &["new"]).code, 0);
}
