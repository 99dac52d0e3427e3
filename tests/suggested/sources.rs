//! `mcpgen::suggest` builds every command in a message.

use std::path::Path;

use super::PROGRAMS;

/// Strings that describe a command and suggest none.
const DESCRIPTIONS: [&str; 3] = [
    "`mcpgen clients` lists all known clients.",
    "\"mcpgen bridge URL [PORT] [FLAGS]\"",
    // The declaration is this file, so there is no file to repeat.
    "then `mcpgen add --from FILE`",
];

#[test]
fn no_message_contains_a_command_that_suggest_did_not_build() {
    let mut wrong = vec![];
    for path in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let text = std::fs::read_to_string(&path).unwrap();
        let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        for (at, line) in text.lines().enumerate().filter(|(_, line)| is_code(line)) {
            let described = DESCRIPTIONS.iter().any(|known| line.contains(known));
            if !described && writes_a_command(line) {
                wrong.push(format!("{}:{}: {}", path.display(), at + 1, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "`mcpgen::suggest` builds commands:\n{}", wrong.join("\n"));
}

#[test]
fn a_message_with_a_handwritten_command_is_found() {
    for line in [
        r#".help(format!("take it over with `mcpgen apply --adopt {name}`"))"#,
        r#"sign in again with `mcpgen login`""#,
        r#".help(format!("chmod 600 {path}"))"#,
        r#"let remedy = format!("run mcpgen apply -f {file}");"#,
        r#"let remedy = "mcpgen login";"#,
        r#""find {shown} -type f -mmin +10 -delete""#,
    ] {
        assert!(writes_a_command(line), "{line}");
    }
    for line in [
        r#"let private = ShellCommand::new("chmod 600").path(&path, env);"#,
        r#"format!("pipe the secret into {}", command("mcpgen secret set --stdin", name))"#,
        r#"return Err("`mcpgen` is missing".into());"#,
        r#"format!("find {name} in the file")"#,
    ] {
        assert!(!writes_a_command(line), "{line}");
    }
}

pub fn sources(directory: &Path) -> Vec<std::path::PathBuf> {
    let mut found = vec![];
    for entry in std::fs::read_dir(directory).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|it| it == "rs")
            && !path.ends_with("tests.rs")
            && !path.ends_with("src/suggest.rs")
            && !is_manual(&path)
        {
            found.push(path);
        }
    }
    found
}

/// The man pages and their examples describe commands. `docs/blocks.rs` runs the examples.
fn is_manual(path: &Path) -> bool {
    path.ends_with("src/cli/manual.rs")
        || path.parent().is_some_and(|it| it.ends_with("src/manual"))
}

fn is_code(line: &str) -> bool {
    !line.trim_start().starts_with("//")
}

/// Whether a line of the source has a command between backticks, a literal that is one, or a program of mcpgen's with
/// something filled in. The builder's own functions take such literals.
fn writes_a_command(line: &str) -> bool {
    let built =
        ["ShellCommand::new(\"", "command(\"", ".or(\""].iter().any(|call| line.contains(call));
    let quoted = PROGRAMS.iter().any(|program| line.contains(&format!("`{program} ")));
    let bare = ["mcpgen", "chmod", "kill", "lsof", "mv", "rm", "ln", "npx", "op", "export"];
    let whole = bare.iter().any(|program| line.contains(&format!("\"{program} ")))
        || (line.contains("\"find ") && line.contains(" -"));
    let filled = line.find("mcpgen ").is_some_and(|at| {
        let rest = &line[at + "mcpgen ".len()..];
        COMMANDS.iter().any(|name| rest.starts_with(name)) && rest.contains('{')
    });
    quoted || (!built && (whole || filled))
}

const COMMANDS: [&str; 14] = [
    "apply", "plan", "check", "login", "logout", "refresh", "undo", "secret ", "init", "token ",
    "clients", "merge", "exec ", "doctor",
];
