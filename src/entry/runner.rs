//! The package or script that a program runs: `npx -y PACKAGE`, `python3 server.py`.

use super::bridge::{SWITCHES, starter};
use crate::model::bridge_program::program_name;

/// A program that runs packages or scripts, and its options. Other options may have a value.
struct Runner {
    words: &'static [&'static str],
    /// The flags without a value.
    switches: &'static [&'static str],
    /// The options with a value.
    options: &'static [&'static str],
}

const NPM_OPTIONS: [&str; 2] = ["-p", "--package"];
// After `-m`, there is the name of a module.
const PYTHON: [&str; 11] = ["-m", "-u", "-B", "-E", "-I", "-O", "-OO", "-P", "-q", "-s", "-S"];
const UV: [&str; 7] =
    ["-q", "--quiet", "-n", "--no-cache", "--isolated", "--offline", "--no-progress"];
const UV_OPTIONS: [&str; 5] = ["--from", "--with", "--python", "-p", "--directory"];

const RUNNERS: [Runner; 9] = [
    Runner { words: &["uvx"], switches: &UV, options: &UV_OPTIONS },
    Runner { words: &["uv", "run"], switches: &UV, options: &UV_OPTIONS },
    Runner { words: &["uv", "tool", "run"], switches: &UV, options: &UV_OPTIONS },
    Runner {
        words: &["node"],
        switches: &["--no-warnings", "--no-deprecation", "--enable-source-maps", "--"],
        options: &["-r", "--require", "--import", "--env-file"],
    },
    Runner { words: &["bun", "run"], switches: &["--bun"], options: &[] },
    Runner {
        words: &["deno", "run"],
        switches: &["-A", "--allow-all", "-q", "--quiet"],
        options: &[],
    },
    Runner { words: &["python"], switches: &PYTHON, options: &[] },
    Runner { words: &["python3"], switches: &PYTHON, options: &[] },
    Runner { words: &["pipx", "run"], switches: &["-q", "--quiet", "--no-cache"], options: &[] },
];

/// Returns the name of the package or script that a command runs. Returns `None` if it may be the value of an option,
/// which may be a secret.
pub fn package_name(command: &[String]) -> Option<&str> {
    let of_npm = || {
        let starts = |count| starter(command.get(..count)?).map(|(_, begin)| begin);
        let begin =
            starts(1).or_else(|| starts(2).filter(|_| starter(&command[1..2]).is_none()))?;
        Some((&SWITCHES[..], &NPM_OPTIONS[..], begin))
    };
    let of_other = || {
        let runner = RUNNERS.iter().find(|runner| runner.starts(command))?;
        Some((runner.switches, runner.options, runner.words.len()))
    };
    let (switches, options, begin) = of_npm().or_else(of_other)?;
    let mut words = command[begin..].iter();
    while let Some(word) = words.next() {
        if !word.starts_with('-') {
            return is_name(word).then(|| program_name(word));
        }
        if options.contains(&word.as_str()) {
            words.next();
        } else if !switches.contains(&word.as_str()) && !is_complete(word) {
            return None;
        }
    }
    None
}

impl Runner {
    fn starts(&self, command: &[String]) -> bool {
        let program = command.first().map(|word| program_name(word));
        let rest = command.iter().skip(1).map(String::as_str);
        let mut words = program.into_iter().chain(rest);
        self.words.iter().all(|word| words.next().is_some_and(|it| it.eq_ignore_ascii_case(word)))
    }
}

// `--name=value`, and the permissions of Deno: `--allow-net`.
fn is_complete(word: &str) -> bool {
    word.contains('=') || word.starts_with("--allow-")
}

// A URL may have a secret in its query, and several words in one string are a program of their own.
fn is_name(word: &str) -> bool {
    !word.contains(['?', '#', '=', '$', '{', '`', '"', '\'']) && !word.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_package_or_script_is_named_and_never_the_value_of_an_option() {
        for (command, name) in [
            ("npx -y @scope/server", Some("server")),
            ("npx --yes --package=x server@1.2 --token correcthorse", Some("server@1.2")),
            ("npx -p x server", Some("server")),
            ("npx --token correcthorse server", None),
            ("npm exec server", Some("server")),
            ("pnpm --token correcthorse dlx server", None),
            ("bunx --bun server", Some("server")),
            ("uvx --from git+https://x.example/y server", Some("server")),
            ("uvx --index correcthorse server", None),
            ("uv run --with mcp server.py", Some("server.py")),
            ("node --inspect correcthorse", None),
            ("node /x/server.js correcthorse", Some("server.js")),
            ("node -e correcthorse", None),
            ("python3 -u server.py", Some("server.py")),
            ("python3 -c correcthorse", None),
            ("python3 -um server", None),
            ("python3 -m server", Some("server")),
            ("deno run -A --allow-net npm:server", Some("npm:server")),
            ("deno correcthorse", None),
            ("npx https://x.example/y.tgz?key=correcthorse", None),
            ("npx.cmd server", Some("server")),
            ("own correcthorse", None),
            ("npx", None),
            ("", None),
        ] {
            let words: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
            assert_eq!(package_name(&words), name, "{command}");
        }
        assert_eq!(package_name(&["python3".to_owned(), "print('correcthorse')".to_owned()]), None);
    }
}
