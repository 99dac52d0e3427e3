//! The arguments that a diff shows of a command line that mcpgen did not write.

use std::collections::HashSet;

use super::HIDDEN;
use super::url;
use crate::placeholder;
use crate::secret::literal::{SecretVerdict, TABLE, is_flag, judge_arguments};

/// Returns the arguments, with everything hidden that is not known to be harmless: flags, numbers, the package that a
/// runner starts, the host of a URL, and what is `declared`.
pub fn shown<'a>(program: &str, args: &[&'a str], declared: &HashSet<&str>) -> Vec<String> {
    let mut reader = ArgumentReader { package_follows: is_runner(program), before: "" };
    let shown = |(arg, verdict): (&'a str, SecretVerdict)| {
        let harmless = reader.is_harmless(arg);
        reader.pass(arg);
        match (declared.contains(arg), verdict) {
            (true, _) => arg.to_owned(),
            (false, SecretVerdict::Harmless) if harmless => arg.to_owned(),
            (false, SecretVerdict::Harmless) => match arg.split_once('=') {
                Some((flag, _)) if is_flag(flag) => format!("{flag}={HIDDEN}"),
                Some(_) | None => url::shown(arg),
            },
            (false, SecretVerdict::Placeholder | SecretVerdict::Secret(_)) => HIDDEN.to_owned(),
        }
    };
    args.iter().copied().zip(judge_arguments(args)).map(shown).collect()
}

/// Decides about an argument by the arguments before it.
struct ArgumentReader<'a> {
    package_follows: bool,
    before: &'a str,
}

impl<'a> ArgumentReader<'a> {
    fn is_harmless(&self, arg: &str) -> bool {
        let package = TABLE.packages.contains(&self.before)
            || (self.package_follows && self.is_operand() && !is_flag(arg));
        let command = self.package_follows && self.is_operand() && TABLE.commands.contains(&arg);
        let variable = TABLE.environment.contains(&self.before) && placeholder::is_variable(arg);
        is_flag(arg) || is_plain(arg) || command || variable || (package && is_package(arg))
    }

    // Whether the argument before is not a flag that may have a value.
    fn is_operand(&self) -> bool {
        !is_flag(self.before) || TABLE.switches.contains(&self.before)
    }

    fn pass(&mut self, arg: &'a str) {
        let package = self.is_operand() && !is_flag(arg) && !TABLE.commands.contains(&arg);
        self.package_follows = self.package_follows && !package;
        self.before = arg;
    }
}

fn is_runner(program: &str) -> bool {
    let name = program.rsplit(['/', '\\']).next().unwrap_or_default();
    let bare = name.strip_suffix(".cmd").or(name.strip_suffix(".exe"));
    TABLE.runners.contains(&bare.unwrap_or(name))
}

// A number or a switch.
fn is_plain(arg: &str) -> bool {
    let number = (1..7).contains(&arg.len()) && arg.bytes().all(|c| c.is_ascii_digit());
    number || ["true", "false"].contains(&arg)
}

// `@scope/name@1.2.3`, `ghcr.io/owner/image:tag`, `name==1.2`: short words in lower case.
fn is_package(arg: &str) -> bool {
    let mut parts = arg.split(['@', '/', ':', '-', '.', '_', '=']);
    let word = |part: &str| {
        let letters = part.trim_end_matches(|c: char| c.is_ascii_digit());
        let short = part.len() <= 20 && part.len() - letters.len() < 5;
        short && letters.chars().all(|c| c.is_ascii_lowercase())
    };
    arg.starts_with(|c: char| c.is_ascii_lowercase() || c == '@')
        && !arg.contains("://")
        && parts.all(word)
}
