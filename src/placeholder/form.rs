//! One form of a placeholder.

// No name and no default is longer.
const LONGEST: usize = 256;

/// One form of a placeholder: what precedes the name, and what follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceholderForm {
    start: String,
    name: NamePart,
    /// What separates the name from a default.
    before_default: Option<String>,
    end: String,
}

/// The name in a form.
#[derive(Debug, Clone, PartialEq, Eq)]
enum NamePart {
    /// The name of an environment variable.
    Word,
    /// Everything before the end.
    Anything,
    /// One name.
    Fixed(String),
}

/// A placeholder at the beginning of a string.
pub struct ReadPlaceholder<'t> {
    pub length: usize,
    pub name: &'t str,
    pub default: Option<&'t str>,
}

impl PlaceholderForm {
    /// Reads the form of an environment variable.
    pub fn variable(form: &str) -> Self {
        Self::new(form, NamePart::Word)
    }

    /// Reads the form of another placeholder.
    pub fn predefined(form: &str) -> Self {
        Self::new(form, NamePart::Anything)
    }

    fn new(form: &str, name: NamePart) -> Self {
        let Some((start, rest)) = form.split_once("NAME") else {
            let name = form.trim_matches(['$', '{', '}']).to_owned();
            let start = form.split(&name).next().unwrap_or_default().to_owned();
            let end = form[start.len() + name.len()..].to_owned();
            return Self { start, name: NamePart::Fixed(name), before_default: None, end };
        };
        let (before, end) = match rest.split_once("default") {
            Some((before, end)) => (Some(before.to_owned()), end),
            None => (None, rest),
        };
        Self { start: start.to_owned(), name, before_default: before, end: end.to_owned() }
    }

    /// Returns whether the form has no end: `$NAME`.
    pub fn is_bare(&self) -> bool {
        self.end.is_empty()
    }

    /// Returns whether the form ends with `}`.
    pub fn has_brace(&self) -> bool {
        self.end.ends_with('}')
    }

    /// Returns whether the name may be anything.
    pub fn is_open(&self) -> bool {
        self.name == NamePart::Anything && (self.start == "${" || self.start == "${{ ")
    }

    /// Reads a placeholder of this form at the beginning of a string.
    pub fn read<'t>(&self, text: &'t str) -> Option<ReadPlaceholder<'t>> {
        let rest = strip(text, &self.start)?;
        let (name, rest) = match &self.name {
            NamePart::Word => rest.split_at(word_length(rest)?),
            NamePart::Fixed(name) => {
                let after = rest.strip_prefix(name.as_str())?;
                (&rest[..name.len()], after)
            }
            NamePart::Anything => {
                let near = head(rest);
                let end = near.find(self.end.trim_start())?;
                (near[..end].trim_end(), &rest[end..])
            }
        };
        let (default, rest) = match &self.before_default {
            None => (None, rest),
            Some(before) => {
                let rest = rest.strip_prefix(before.as_str())?;
                let end = closing_brace(head(rest))?;
                (Some(&rest[..end]), &rest[end..])
            }
        };
        let rest = strip(rest, &self.end)?;
        (!name.is_empty()).then(|| ReadPlaceholder {
            length: text.len() - rest.len(),
            name,
            default,
        })
    }
}

fn head(text: &str) -> &str {
    let end = (0..=LONGEST.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    &text[..end.unwrap_or_default()]
}

// Removes a prefix. A space in the prefix stands for any number of spaces.
fn strip<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let mut rest = text;
    for (at, part) in prefix.split(' ').enumerate() {
        rest = if at > 0 { rest.trim_start_matches(' ') } else { rest };
        rest = rest.strip_prefix(part)?;
    }
    Some(rest)
}

fn word_length(text: &str) -> Option<usize> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let length = text.find(|c: char| !is_part(c)).unwrap_or(text.len());
    (length > 0 && !text.starts_with(|c: char| c.is_ascii_digit())).then_some(length)
}

// The `}` that closes the placeholder whose default begins here. A default may contain a placeholder.
fn closing_brace(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    text.char_indices().find_map(|(at, c)| {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
        None
    })
}
