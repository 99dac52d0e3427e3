//! Judges a list of arguments, in which a flag may say what the next argument is.

use super::assigned::is_flag;
use super::judge::{judge, judge_named};
use super::name::SecretName;
use super::opaque::judge_value;
use super::table::TABLE;
use super::verdict::SecretVerdict;

// What the argument before says about an argument.
#[derive(Clone, Copy)]
pub(super) enum ArgumentKind<'a> {
    Any,
    Named(&'a str),
    Header,
    Variable,
    User,
    Password,
}

/// Judges every argument of a list.
pub fn judge_arguments<'a>(args: &[&'a str]) -> Vec<SecretVerdict> {
    let has_user = args.iter().any(|arg| names_user(arg));
    let mut kind = ArgumentKind::Any;
    let judged = |arg: &'a str| {
        let own = std::mem::replace(&mut kind, ArgumentKind::Any);
        if (is_flag(arg) && !is_password(arg, has_user)) || is_named_flag(arg) {
            kind = kind_after(arg, has_user);
            return SecretVerdict::Harmless;
        }
        judge(arg).or(in_context(own, arg)).or(attached(arg, has_user))
    };
    args.iter().copied().map(judged).collect()
}

/// Judges the text around a secret that is the argument `at`.
pub fn judge_around(args: &[&str], at: usize, prefix: &str, suffix: &str) -> SecretVerdict {
    let judged = |secret: &str| {
        let text = format!("{prefix}{secret}{suffix}");
        let mut args = args.to_vec();
        args[at] = &text;
        judge_arguments(&args)[at]
    };
    // Without the secret, the text after it may look like its value, and a scheme like a password.
    match judged(STAND_IN).secret() {
        Some(_) => judged(""),
        None => SecretVerdict::Harmless,
    }
}

// In place of a secret, this value is harmless.
const STAND_IN: &str = "yes";

// `--apiKey`, `--API_KEY`: letters only.
fn is_named_flag(arg: &str) -> bool {
    let name = arg.strip_prefix("--").unwrap_or_default();
    let letters = name.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '-' | '_'));
    letters && name.starts_with(|c: char| c.is_ascii_alphabetic())
}

// `-u ada`, `-uada`, `--user=ada`.
pub(super) fn names_user(arg: &str) -> bool {
    let flag = |flag: &&str| match arg.strip_prefix(*flag) {
        Some("") => true,
        Some(rest) => rest.starts_with('=') || !(flag.starts_with("--") || rest.starts_with('-')),
        None => false,
    };
    TABLE.user.iter().any(flag) && !TABLE.not_user.contains(&arg)
}

// `-phunter2` after `-uada`.
fn is_password(arg: &str, has_user: bool) -> bool {
    let value = TABLE.after_user.iter().find_map(|flag| arg.strip_prefix(flag));
    has_user && value.is_some_and(|value| !value.chars().all(|c| c.is_ascii_lowercase()))
}

pub(super) fn kind_after(flag: &str, has_user: bool) -> ArgumentKind<'_> {
    let is = |flags: &[&str]| flags.contains(&flag);
    if is(&TABLE.header) {
        ArgumentKind::Header
    } else if is(&TABLE.environment) {
        ArgumentKind::Variable
    } else if is(&TABLE.user) {
        ArgumentKind::User
    } else if is(&TABLE.after_user) && has_user {
        ArgumentKind::Password
    } else {
        ArgumentKind::Named(flag.trim_start_matches('-'))
    }
}

// `--password=…`, `-pPASSWORD`, `-eNAME=VALUE`: a flag with its value.
fn attached(arg: &str, has_user: bool) -> SecretVerdict {
    if !arg.starts_with('-') {
        return SecretVerdict::Harmless;
    }
    if let Some((flag, value)) = arg.split_once('=')
        && !flag.contains(char::is_whitespace)
    {
        let own = in_context(kind_after(flag, has_user), value);
        if own != SecretVerdict::Harmless {
            return own;
        }
    }
    let short =
        TABLE.header.iter().chain(&TABLE.environment).chain(&TABLE.user).chain(&TABLE.after_user);
    let mut short = short.filter(|flag| flag.len() == 2);
    let found = short.find_map(|flag| Some((*flag, arg.strip_prefix(flag)?)));
    let judged = |(flag, value)| in_context(kind_after(flag, has_user), value);
    found.map_or(SecretVerdict::Harmless, judged)
}

fn in_context(kind: ArgumentKind<'_>, text: &str) -> SecretVerdict {
    match kind {
        ArgumentKind::Any => SecretVerdict::Harmless,
        ArgumentKind::Named(name) => judge_named(name, text),
        ArgumentKind::Header => pair(text, ':'),
        ArgumentKind::Variable => pair(text, '='),
        ArgumentKind::User => match text.split_once(':') {
            Some((_, password)) if !is_port(text) => judge_value(SecretName::Password, password),
            Some(_) | None => SecretVerdict::Harmless,
        },
        ArgumentKind::Password if is_port(text) => SecretVerdict::Harmless,
        ArgumentKind::Password => judge_value(SecretName::Password, text),
    }
}

fn pair(text: &str, sign: char) -> SecretVerdict {
    text.split_once(sign).map_or(SecretVerdict::Harmless, |(name, value)| judge_named(name, value))
}

// `80:80`, `127.0.0.1:80:80/tcp`, `1000:1000`.
fn is_port(text: &str) -> bool {
    let text = text.split('/').next().unwrap_or_default();
    text.chars().all(|c| c.is_ascii_digit() || matches!(c, ':' | '.' | '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_with_a_user_name_is_known() {
        for (arg, names) in [
            ("-u", true),
            ("-uada", true),
            ("-u=ada", true),
            ("--user", true),
            ("--user=ada", true),
            ("--username", false),
            ("-u-x", false),
            ("-url", false),
            ("-p", false),
            ("ada", false),
        ] {
            assert_eq!(names_user(arg), names, "{arg}");
        }
    }

    #[test]
    fn the_last_argument_is_judged_with_the_flags_before_it() {
        use SecretVerdict::{Harmless, Placeholder, Secret};
        let password = Secret("a password");
        for (args, verdict) in [
            (&["-p", "Abcdefg1x"][..], Harmless),
            (&["-u", "ada", "-p", "Abcdefg1x"], password),
            (&["-u", "ada", "-p", "127.0.0.1:8080:80/tcp"], Harmless),
            (&["-uada", "-phunter2"], password),
            (&["-phunter2"], Harmless),
            (&["-uada", "-pull"], Harmless),
            (&["-uada", "-p"], Harmless),
            (&["-uada", "-p=changeme"], Placeholder),
            (&["-k=YOUR_API_KEY"], Placeholder),
            (&["--user=ada", "--region", "eu-west-1"], Harmless),
            (&["--user=ada:hunter2"], password),
            (&["--user=1000:1000"], Harmless),
            (&["-u", "ada:hunter2"], password),
            (&["-eAPI_KEY=Hunter2Hunter2"], Secret("a secret")),
        ] {
            assert_eq!(judge_arguments(args).pop(), Some(verdict), "{args:?}");
        }
    }
}
