//! Where the secret is in an argument, and what it is called there.

use std::ops::Range;

use super::argument::{ArgumentKind, judge_arguments, kind_after, names_user};
use super::judge::{judge, secret_ranges};
use super::name::is_secret_name;
use super::opaque::without_scheme;
use super::verdict::SecretVerdict;

/// The secret in an argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocatedSecret<'a> {
    /// The name before it: a flag without its dashes, a variable, a header or a parameter. May be empty.
    pub name: &'a str,
    /// Its bytes in the argument.
    pub range: Range<usize>,
}

/// Finds the secret of each argument that has one. An argument in which several secrets are apart from each other has none
/// that could be replaced.
pub fn locate_secrets<'a>(args: &[&'a str]) -> Vec<Option<LocatedSecret<'a>>> {
    let has_user = args.iter().any(|arg| names_user(arg));
    let verdicts = judge_arguments(args).into_iter().enumerate();
    let located = |(at, verdict): (usize, SecretVerdict)| {
        verdict.secret()?;
        let before = at.checked_sub(1).map_or("", |before| args[before]);
        let arg = args[at];
        let kind =
            if before.starts_with('-') { kind_after(before, has_user) } else { ArgumentKind::Any };
        attached(arg, has_user).or_else(|| in_context(kind, arg, 0)).or_else(|| alone(arg))
    };
    verdicts.map(located).collect()
}

// The value in `arg[start..]`, if the flag before it says what it is.
fn in_context<'a>(kind: ArgumentKind<'a>, arg: &'a str, start: usize) -> Option<LocatedSecret<'a>> {
    let text = &arg[start..];
    let after = |sign: char| {
        let (name, value) = text.split_once(sign)?;
        let value = without_scheme(value.trim_start());
        Some(LocatedSecret { name, range: arg.len() - value.len()..arg.len() })
    };
    match kind {
        ArgumentKind::Any => None,
        // The form of the value says what is secret in it.
        ArgumentKind::Named(name) if !is_secret_name(name) => None,
        ArgumentKind::Named(name) => {
            let value = without_scheme(text);
            Some(LocatedSecret { name, range: arg.len() - value.len()..arg.len() })
        }
        ArgumentKind::Header => after(':'),
        ArgumentKind::Variable => after('='),
        ArgumentKind::User => Some(LocatedSecret { name: PASSWORD, ..after(':')? }),
        ArgumentKind::Password => Some(LocatedSecret { name: PASSWORD, range: start..arg.len() }),
    }
}

const PASSWORD: &str = "password";

// `--api-key=…`, `-eNAME=…`, `-pPASSWORD`.
fn attached(arg: &str, has_user: bool) -> Option<LocatedSecret<'_>> {
    if !arg.starts_with('-') {
        return None;
    }
    if let Some((flag, _)) = arg.split_once('=')
        && flag.trim_start_matches('-').len() > 1
        && flag.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        && !is_short_variable(flag, has_user)
    {
        return in_context(kind_after(flag, has_user), arg, flag.len() + 1);
    }
    let flag = arg.get(..2)?;
    match kind_after(flag, has_user) {
        ArgumentKind::Any | ArgumentKind::Named(_) => None,
        kind @ (ArgumentKind::Header
        | ArgumentKind::Variable
        | ArgumentKind::User
        | ArgumentKind::Password) => in_context(kind, arg, flag.len()),
    }
}

// `-eNAME=VALUE`.
fn is_short_variable(flag: &str, has_user: bool) -> bool {
    let short = flag.get(..2).filter(|short| !short.ends_with('-'));
    short.is_some_and(|short| matches!(kind_after(short, has_user), ArgumentKind::Variable))
}

// A secret that its form tells, or a name next to it.
fn alone(arg: &str) -> Option<LocatedSecret<'_>> {
    let range = match secret_ranges(arg).as_slice() {
        [] => 0..arg.len(),
        [only] => only.clone(),
        [_, _, ..] => return None,
    };
    let (before, after) = (&arg[..range.start], &arg[range.end..]);
    // The form may end before the secret does.
    let goes_on = |c: char| c.is_ascii_alphanumeric() || "-_.~+/=%".contains(c);
    let is_harmless = |text: &str| judge(text) == SecretVerdict::Harmless;
    if after.starts_with(goes_on)
        || before.ends_with(goes_on_before)
        || !is_harmless(before)
        || !is_harmless(after)
    {
        return Some(LocatedSecret { name: "", range: 0..arg.len() });
    }
    if let Some((user, password)) = arg[range.clone()].split_once(':')
        && before.ends_with("://")
        && is_harmless(user)
    {
        return Some(LocatedSecret {
            name: PASSWORD,
            range: range.end - password.len()..range.end,
        });
    }
    let named = before.trim_end_matches(['=', ':', ' ', '"', '\'', '\\']);
    let name =
        named.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    let name = named[name.len()..].trim_start_matches('-');
    Some(LocatedSecret { name, range })
}

fn goes_on_before(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~' | '+' | '%')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_of_an_argument_that_is_the_secret_is_found_with_its_name() {
        let token = "ghp_0123456789abcdefghij0123456789abcdef";
        for (args, name, secret) in [
            (&["--api-key", "Hunter2Hunter2"][..], "api-key", "Hunter2Hunter2"),
            (&["--figma-api-key=Hunter2Hunter2"], "figma-api-key", "Hunter2Hunter2"),
            (&["server", token], "", token),
            (&["-e", "API_KEY=Hunter2Hunter2"], "API_KEY", "Hunter2Hunter2"),
            (&["--env=API_KEY=Hunter2Hunter2"], "API_KEY", "Hunter2Hunter2"),
            (&["-eAPI_KEY=Hunter2Hunter2"], "API_KEY", "Hunter2Hunter2"),
            (&["--header", "X-Api-Key: Hunter2Hunter2"], "X-Api-Key", "Hunter2Hunter2"),
            (&["-H", "Authorization: Bearer Hunter2Hunter2"], "Authorization", "Hunter2Hunter2"),
            (&["-u", "ada", "-pHunter2Hunter2"], "password", "Hunter2Hunter2"),
            (&["-u", "ada", "-p=Hunter2Hunter2"], "password", "=Hunter2Hunter2"),
            (&["-u", "ada:Hunter2Hunter2"], "password", "Hunter2Hunter2"),
            (&["--user=ada:Hunter2Hunter2"], "password", "Hunter2Hunter2"),
            (&["https://a.example/?apiKey=Hunter2Hunter2&b=1"], "apiKey", "Hunter2Hunter2"),
            (
                &["--url", "https://a.example/?apiKey=Hunter2Hunter2&b=1"],
                "apiKey",
                "Hunter2Hunter2",
            ),
            (&["{\"apiKey\":\"Hunter2Hunter2\"}"], "apiKey", "Hunter2Hunter2"),
            (&["postgres://ada:hunter2@localhost/db"], "password", "hunter2"),
            (
                &["--dsn=postgres://ada:hunter2@localhost/db"],
                "dsn",
                "postgres://ada:hunter2@localhost/db",
            ),
        ] {
            let found = locate_secrets(args).pop().unwrap().unwrap_or_else(|| panic!("{args:?}"));
            let arg = args.last().unwrap();
            assert_eq!((found.name, &arg[found.range]), (name, secret), "{args:?}");
        }
        assert_eq!(locate_secrets(&["--verbose", "x"]), [None, None]);
        let two = format!("--a {token} --b {token}");
        assert_eq!(locate_secrets(&["-c", &two]), [None, None]);
    }

    #[test]
    fn a_secret_that_goes_on_or_stands_beside_another_is_the_whole_argument() {
        let token = "ghp_0123456789abcdefghij0123456789abcdef";
        for arg in [
            format!("{token}/x"),
            format!("a.{token}"),
            format!("api_key=YOUR_API_KEY,token={token}"),
            format!("token={token},api_key=YOUR_API_KEY"),
        ] {
            let found = locate_secrets(&[&arg]).pop().unwrap();
            assert_eq!(found, Some(LocatedSecret { name: "", range: 0..arg.len() }), "{arg}");
        }
    }
}
