//! How a suggested command is built: any path or name is one word of it.

use std::process::Command;

use camino::Utf8Path;
use mcpgen::testing::paths::{Environment, Os};
use mcpgen::testing::suggest::{ShellCommand, Suggest};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// Names that a shell would execute, expand or take apart, or that a program would read as an option.
pub const HOSTILE: [&str; 20] = [
    "mcp-remote-$(touch X)",
    "mcp-remote-1 ~ -delete",
    "`touch X`",
    "a;touch X",
    "a&touch X",
    "a|touch X",
    ">X",
    "it's",
    "''",
    "\"$HOME\"",
    "-delete",
    "--help",
    "~root",
    "*",
    "{a,b}",
    "!x ^y",
    "#x",
    "\\",
    "=sh",
    " a  b ",
];

fn env() -> Environment {
    Environment::bare(Os::Linux, Utf8Path::new("/home/ada"))
}

/// Returns the words of a command as a real shell with the home directory `/home/ada` splits it.
fn pasted(command: &ShellCommand) -> Vec<String> {
    let shown = command.to_string();
    split(shown.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')).unwrap())
}

pub fn split(line: &str) -> Vec<String> {
    let script = format!("show() {{ printf '%s\\n' \"$@\"; }}\nshow {line}");
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", &script]).env_clear().env("HOME", "/home/ada").current_dir("/");
    let output = shell.output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{line}: {output:?}");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn every_word_of_a_suggested_command_reaches_the_program_as_it_is() {
    for name in HOSTILE {
        let path = Utf8Path::new("/home/ada/a").join(name);
        let command = ShellCommand::new("mcpgen x")
            .option("--owner", name)
            .path_option("-f", &path, &env())
            .path(Utf8Path::new("/srv").join(name).as_path(), &env())
            .operand(name)
            .ending(&["-name", "*"]);
        let option = match name.starts_with('-') {
            true => vec![format!("--owner={name}")],
            false => vec!["--owner".to_owned(), name.to_owned()],
        };
        let mut want = vec!["mcpgen".to_owned(), "x".to_owned()];
        want.extend(option);
        want.extend(["-f".to_owned(), path.to_string()]);
        want.extend(name.starts_with('-').then(|| "--".to_owned()));
        want.extend([format!("/srv/{name}"), name.to_owned(), "-name".into(), "*".into()]);
        assert_eq!(pasted(&command), want);
    }
}

#[test]
fn a_path_is_shortened_if_the_shell_expands_it_and_never_looks_like_an_option() {
    for (path, want) in [
        ("/home/ada/x", "`rm ~/x`"),
        ("/home/ada/a b/c", "`rm ~/'a b/c'`"),
        ("/home/ada", "`rm /home/ada`"),
        ("/home/adam/x", "`rm /home/adam/x`"),
        ("-x", "`rm ./-x`"),
    ] {
        assert_eq!(ShellCommand::new("rm").path(path.into(), &env()).to_string(), want);
    }
    let windows = Environment::bare(Os::Windows, Utf8Path::new("/home/ada"));
    let command = ShellCommand::new("rm").path("/home/ada/x".into(), &windows);
    assert_eq!(command.to_string(), "`rm /home/ada/x`");
}

#[test]
fn a_command_that_cannot_be_copied_is_described_in_words() {
    for name in ["a\nb", "a\tb", "\u{1b}[2J", "a\u{a0}b", "\u{200b}", "\u{202e}x", "\u{fffd}"] {
        let command = ShellCommand::new("rm").path(&Utf8Path::new("/srv").join(name), &env());
        assert_eq!(command.clone().or("remove it").to_string(), "remove it", "{name:?}");
        assert_eq!(command.to_string(), "rm with the same options as now");
    }
    // It would be masked, and the command would name another file.
    let token = "/srv/ghp_0123456789abcdefghij0123456789abcdef";
    let command = ShellCommand::new("rm").path(token.into(), &env()).or("remove it");
    assert_eq!(command.to_string(), "remove it");
}

#[test]
fn a_suggested_command_repeats_the_options_that_decide_what_it_works_on() {
    let mut suggest = Suggest::new(&env()).with_file(&env().default_declaration());
    assert_eq!(suggest.again("apply", None).to_string(), "`mcpgen apply`");
    suggest = suggest.with_file("/home/ada/a b.toml".into());
    suggest.templates = Some("/srv/t".into());
    assert_eq!(
        suggest.mcpgen("login").operand("one").to_string(),
        "`mcpgen login --templates /srv/t -f ~/'a b.toml' one`"
    );
    suggest.templates = None;
    suggest.project = Some("/srv/site".into());
    suggest.owner = Some("-me".into());
    suggest.adopt = vec!["a".into()];
    suggest.clients = vec!["cursor".into(), "-x".into()];
    assert_eq!(
        suggest.again("apply", Some("b")).to_string(),
        "`mcpgen apply -f ~/'a b.toml' --project /srv/site --owner=-me --adopt a --adopt b -- cursor -x`"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, rng_seed: RngSeed::Fixed(7), ..ProptestConfig::default() })]

    #[test]
    fn any_name_is_one_word_of_a_command_or_not_displayed(name in "[^/\\pC]{0,12}|[ -.0-~]{0,12}") {
        let path = Utf8Path::new("/home/ada").join(format!("d{name}"));
        let command = ShellCommand::new("x").option("-o", &name).path(&path, &env()).or("words");
        let shown = command.to_string();
        if shown != "words" {
            let words = shell_words::split(&shown[1..shown.len() - 1]).unwrap();
            let short = path.as_str().replacen("/home/ada", "~", 1);
            prop_assert!(words.contains(&short), "{}", shown);
            let joined = format!("-o={name}");
            prop_assert!(words.contains(&name) || words.contains(&joined), "{}", shown);
        }
    }
}
