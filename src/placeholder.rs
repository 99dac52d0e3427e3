//! Reads placeholders: the parts of a string that some client, or a shell, replaces by a value.
//!
//! A form is written as in the client table: `${NAME}` is an environment variable, `${NAME:-default}` has a default, and
//! `${workspaceFolder}` is a value that the client knows itself.

use std::ops::Range;
use std::sync::LazyLock;

mod form;

use form::PlaceholderForm;

// The forms of environment variables that some client expands.
const VARIABLES: [&str; 7] = [
    "${NAME}",
    "${NAME:-default}",
    "${env:NAME}",
    "${env:NAME:default}",
    "{env:NAME}",
    "${{ secrets.NAME }}",
    "$NAME",
];
// The other forms that some client replaces. The last one is any other `${…}`.
const PREDEFINED: [&str; 17] = [
    "${workspaceFolder}",
    "${workspaceFolderBasename}",
    "${workspaceRoot}",
    "${userHome}",
    "${pathSeparator}",
    "${/}",
    "${CLAUDE_PROJECT_DIR}",
    "${CLAUDE_PLUGIN_ROOT}",
    "${extensionPath}",
    "${__dirname}",
    "${input:NAME}",
    "${config:NAME}",
    "${command:NAME}",
    "{file:NAME}",
    "${{ inputs.NAME }}",
    "${{ NAME }}",
    "${NAME}",
];
// The environment variables that are usually in lower case. All others are in upper case.
const LOWER_CASE: [&str; 4] = ["http_proxy", "https_proxy", "no_proxy", "all_proxy"];
const INPUT: &str = "${input:";

static KNOWN: LazyLock<PlaceholderForms> = LazyLock::new(|| {
    let owned = |forms: &[&str]| forms.iter().map(|form| (*form).to_owned()).collect::<Vec<_>>();
    PlaceholderForms::new(&owned(&VARIABLES), &owned(&PREDEFINED))
});

/// A placeholder in a string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placeholder<'t> {
    /// Where it is in the string.
    pub range: Range<usize>,
    /// The placeholder as it is written.
    pub text: &'t str,
    /// The name in it.
    pub name: &'t str,
    /// The value that replaces it if the environment variable is not set.
    pub default: Option<&'t str>,
    /// What it names.
    pub kind: PlaceholderKind,
}

/// What a placeholder names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaceholderKind {
    /// An environment variable.
    Variable,
    /// A value of the client's own.
    Predefined,
}

/// The forms of the placeholders that one program replaces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlaceholderForms(Vec<(PlaceholderForm, PlaceholderKind)>);

impl PlaceholderForms {
    /// Reads the forms of environment variables and the other forms.
    pub fn new(variables: &[String], predefined: &[String]) -> Self {
        let predefined = predefined.iter().map(|form| PlaceholderForm::predefined(form));
        let predefined = predefined.map(|form| (form, PlaceholderKind::Predefined));
        let (open, mut forms): (Vec<_>, Vec<_>) = predefined.partition(|(form, _)| form.is_open());
        let variables = variables.iter().map(|form| PlaceholderForm::variable(form));
        forms.extend(variables.map(|form| (form, PlaceholderKind::Variable)));
        forms.extend(open);
        Self(forms)
    }

    /// Finds the placeholders in a string.
    pub fn find<'t>(&self, text: &'t str) -> Vec<Placeholder<'t>> {
        let mut found: Vec<Placeholder<'t>> = vec![];
        let last_brace = text.rfind('}').unwrap_or_default();
        for (at, _) in text.match_indices(['$', '{']) {
            let taken = found.last().is_some_and(|last| last.range.end > at);
            if !taken && let Some(placeholder) = self.at(text, at, at < last_brace) {
                found.push(placeholder);
            }
        }
        found
    }

    fn at<'t>(&self, text: &'t str, at: usize, braced: bool) -> Option<Placeholder<'t>> {
        let possible = self.0.iter().filter(|(form, _)| braced || !form.has_brace());
        possible.into_iter().find_map(|(form, kind)| {
            let read = form.read(&text[at..])?;
            let range = at..at + read.length;
            let (name, default) = (read.name, read.default);
            // A password may begin with `$`.
            let named = !form.is_bare() || (is_variable(name) && !continues_word(text, at));
            named.then(|| Placeholder {
                text: &text[range.clone()],
                range,
                name,
                default,
                kind: *kind,
            })
        })
    }
}

impl Placeholder<'_> {
    /// Returns the placeholder without its default, which may be a secret.
    pub fn shown(&self) -> String {
        match self.default {
            Some(_) => format!("${{{}:-…}}", self.name),
            None => self.text.to_owned(),
        }
    }

    /// Returns whether it is the whole string.
    pub fn is_all_of(&self, text: &str) -> bool {
        self.range == (0..text.len())
    }

    /// Returns whether it has the form `${NAME}`.
    pub fn is_in_braces(&self) -> bool {
        let inner = self.text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
        inner == Some(self.name)
    }

    /// Returns whether it has no braces: `$NAME`.
    pub fn is_bare(&self) -> bool {
        !self.text.contains('{')
    }

    /// Returns the name of the input if the client asks the user for the value.
    pub fn input(&self) -> Option<&str> {
        self.text.starts_with(INPUT).then_some(self.name)
    }

    /// Returns whether it is the home directory.
    pub fn is_home(&self) -> bool {
        match self.kind {
            PlaceholderKind::Variable => self.name == "HOME" && self.default.is_none(),
            PlaceholderKind::Predefined => self.name == "userHome",
        }
    }
}

/// Finds the placeholders in a string that some client replaces.
pub fn known(text: &str) -> Vec<Placeholder<'_>> {
    KNOWN.find(text)
}

/// Returns whether some client replaces `${NAME}` by a value of its own.
pub fn is_predefined(name: &str) -> bool {
    PREDEFINED
        .iter()
        .any(|form| form.strip_prefix("${").and_then(|it| it.strip_suffix('}')) == Some(name))
}

/// Returns whether a name is that of an environment variable in use: in upper case, or one of the few in lower case.
pub fn is_variable(name: &str) -> bool {
    let upper = name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        && name.contains(|c: char| c.is_ascii_uppercase());
    upper || LOWER_CASE.contains(&name)
}

/// Returns whether some client or shell replaces a value: `$NAME`, `${NAME}`, `{env:NAME}`, `$(command)`, `%NAME%`.
pub fn is_expanded(value: &str) -> bool {
    let word = value.rsplit(' ').next().unwrap_or_default();
    let batch = word.strip_prefix('%').and_then(|it| it.strip_suffix('%'));
    let command = value.starts_with("$(") || word.starts_with("$(");
    command
        || batch.is_some_and(is_variable)
        // In the middle of a password, a `$` is a character.
        || known(value).iter().any(|it| !it.is_bare() || it.is_all_of(value) || it.text == word)
}

// Whether the `$` is in the middle of a word.
fn continues_word(text: &str, at: usize) -> bool {
    text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '$' || c == '\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<&str> {
        known(text).into_iter().map(|it| it.text).collect()
    }

    #[test]
    fn a_placeholder_is_found_in_every_form() {
        for (text, name, default, kind) in [
            ("${A_1}", "A_1", None, PlaceholderKind::Variable),
            ("${A:-b}", "A", Some("b"), PlaceholderKind::Variable),
            ("${A:-${B:-c}}", "A", Some("${B:-c}"), PlaceholderKind::Variable),
            ("${A:-}", "A", Some(""), PlaceholderKind::Variable),
            ("${env:a}", "a", None, PlaceholderKind::Variable),
            ("{env:A}", "A", None, PlaceholderKind::Variable),
            ("${{ secrets.A }}", "A", None, PlaceholderKind::Variable),
            ("${{secrets.A}}", "A", None, PlaceholderKind::Variable),
            ("$A_1", "A_1", None, PlaceholderKind::Variable),
            ("${workspaceFolder}", "workspaceFolder", None, PlaceholderKind::Predefined),
            ("${/}", "/", None, PlaceholderKind::Predefined),
            ("${input:a-b}", "a-b", None, PlaceholderKind::Predefined),
            ("{file:~/a b}", "~/a b", None, PlaceholderKind::Predefined),
            ("${A:?gone}", "A:?gone", None, PlaceholderKind::Predefined),
        ] {
            let found = known(text);
            assert_eq!(found.len(), 1, "{text}");
            let it = &found[0];
            assert!(it.is_all_of(text), "{text}");
            assert_eq!((it.name, it.default, it.kind), (name, default, kind), "{text}");
        }
    }

    #[test]
    fn other_strings_have_no_placeholder() {
        for text in ["", "$", "${", "${}", "{}", "$5", "$ecretPa55word", "a$B", "$$A", "{envs}"] {
            assert_eq!(texts(text), [""; 0], "{text}");
        }
        assert_eq!(texts("a ${B}:$C/${env:D}"), ["${B}", "$C", "${env:D}"]);
    }

    #[test]
    fn an_unclosed_placeholder_takes_no_longer_than_its_string() {
        let text = "${A:-{".repeat(20_000);
        let begin = std::time::Instant::now();
        assert_eq!(known(&text).len(), 0);
        assert!(begin.elapsed() < std::time::Duration::from_secs(5));
    }
}
