//! Reads the values of an entry: literals, references, and secrets that become references. Each client replaces its own
//! placeholders.

use std::ops::Range;

use super::note::NoteReason;
use crate::client::{Client, EntryPart, PlaceholderResult};
use crate::placeholder::{self, Placeholder, PlaceholderKind};
use crate::secret::Secret;
use crate::secret::literal::{self, SecretVerdict, is_secret_name, judge_named};

/// Holds a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DraftValue {
    /// A literal value.
    Plain(String),
    /// It leads to a secret.
    Reference(String),
    /// It is a secret.
    Secret(Secret),
    /// The client asks the user for it. This is the name of the input.
    Input(String),
    /// It is a secret that the file does not contain, but the placeholder of a README.
    Missing,
}

impl DraftValue {
    /// Returns a reference to an environment variable.
    pub fn variable(name: &str) -> Self {
        Self::Reference(format!("env:{name}"))
    }

    /// Returns whether the value is a secret.
    pub fn is_hidden(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Reference(_) | Self::Secret(_) | Self::Input(_) | Self::Missing => true,
        }
    }
}

/// One argument of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArgumentDraft {
    /// The name of its secret: a flag, a header or a parameter. Empty for a literal value.
    pub name: String,
    /// The text before the secret.
    pub prefix: String,
    /// The literal value, or the secret.
    pub value: DraftValue,
    /// The text after the secret.
    pub suffix: String,
}

impl ArgumentDraft {
    /// Makes a literal argument.
    pub fn literal(text: String) -> Self {
        let none = String::new;
        Self { name: none(), prefix: none(), value: DraftValue::Plain(text), suffix: none() }
    }

    /// Returns the literal value, or an empty string.
    pub fn text(&self) -> String {
        match &self.value {
            DraftValue::Plain(text) => text.clone(),
            DraftValue::Reference(_)
            | DraftValue::Secret(_)
            | DraftValue::Input(_)
            | DraftValue::Missing => String::new(),
        }
    }
}

type ReplacedPlaceholder<'t> = (Placeholder<'t>, PlaceholderResult);

/// Reads the values of one client's entry.
pub struct ValueReader<'c> {
    /// The notes about values that differ in the declaration.
    pub notes: Vec<NoteReason>,
    client: &'c Client,
    bridge: bool,
}

impl<'c> ValueReader<'c> {
    /// Begins to read an entry.
    pub fn new(client: &'c Client) -> Self {
        Self { notes: vec![], client, bridge: false }
    }

    /// Begins to read the arguments of a bridge, which replaces `${NAME}` itself.
    pub fn of_bridge(client: &'c Client) -> Self {
        Self { bridge: true, ..Self::new(client) }
    }

    fn placeholders<'t>(&self, part: EntryPart, text: &'t str) -> Vec<ReplacedPlaceholder<'t>> {
        let mut found = self.client.placeholders(part, text);
        for (it, becomes) in found.iter_mut().filter(|_| self.bridge) {
            if it.is_in_braces() && *becomes == PlaceholderResult::Unchanged {
                *becomes = PlaceholderResult::Variable;
            }
        }
        found
    }

    /// Reads the value of an environment variable or a header.
    ///
    /// # Errors
    /// Fails if the client replaces a part of the value that a declaration cannot express.
    pub fn named(
        &mut self,
        part: EntryPart,
        name: &str,
        text: &str,
    ) -> Result<DraftValue, NoteReason> {
        if let Some(whole) = self.whole(part, name, text) {
            return Ok(whole);
        }
        let text = self.text(part, name, text)?;
        Ok(match judge_named(name, &text) {
            SecretVerdict::Harmless => DraftValue::Plain(text),
            SecretVerdict::Secret(_) => DraftValue::Secret(text.into()),
            SecretVerdict::Placeholder => self.missing(part, name),
        })
    }

    /// Notes that a value is the placeholder of a README, so that the declaration refers to a secret.
    pub fn missing(&mut self, part: EntryPart, name: &str) -> DraftValue {
        self.notes.push(NoteReason::Placeholder(place(part, name)));
        DraftValue::Missing
    }

    /// Reads an argument of a program. A variable or an input that the client replaces becomes a reference.
    ///
    /// # Errors
    /// Fails if the client replaces a part of the argument that a declaration cannot express.
    pub fn argument(&mut self, text: &str) -> Result<ArgumentDraft, NoteReason> {
        let found = self.placeholders(EntryPart::Args, text);
        if let [(it, becomes)] = found.as_slice()
            && (it.input().is_some() || *becomes == PlaceholderResult::Variable)
            && !it.is_home()
            && usable_default("args", it).is_none()
            && let Some(value) = self.whole(EntryPart::Args, "args", it.text)
        {
            let Range { start, end } = it.range.clone();
            let (prefix, suffix) = (text[..start].to_owned(), text[end..].to_owned());
            let name = it.input().unwrap_or(it.name).to_owned();
            return Ok(ArgumentDraft { name, prefix, value, suffix });
        }
        self.text(EntryPart::Args, "args", text).map(ArgumentDraft::literal)
    }

    /// Reads a value that is one placeholder and nothing else.
    pub fn whole(&mut self, part: EntryPart, name: &str, text: &str) -> Option<DraftValue> {
        let found = self.placeholders(part, text);
        let [(it, becomes)] = found.as_slice() else { return None };
        if !it.is_all_of(text) {
            return None;
        }
        if let Some(input) = it.input() {
            let (place, input) = (place(part, name), literal::mask(input));
            self.notes.push(NoteReason::Input { place, input: input.clone() });
            return Some(DraftValue::Input(input));
        }
        match becomes {
            PlaceholderResult::Variable => Some(self.variable(part, name, it)),
            // In an unknown client, `${name}` may be a value of the client's own.
            PlaceholderResult::Unknown(PlaceholderKind::Variable) => {
                let explicit = it.text.contains("env:") || it.text.contains("secrets.");
                let sure = it.default.is_none() && (explicit || placeholder::is_variable(it.name));
                sure.then(|| DraftValue::variable(it.name))
            }
            PlaceholderResult::Unchanged if it.kind == PlaceholderKind::Variable => {
                self.unchanged(part, name, it)
            }
            PlaceholderResult::Unchanged
            | PlaceholderResult::Predefined
            | PlaceholderResult::Unknown(PlaceholderKind::Predefined) => None,
        }
    }

    // A variable with a default becomes the default, unless it is a secret.
    fn variable(&mut self, part: EntryPart, name: &str, it: &Placeholder<'_>) -> DraftValue {
        let variable = it.name.to_owned();
        match usable_default(name, it) {
            Some(default) => {
                let field = name.to_owned();
                self.notes.push(NoteReason::Default { place: place(part, name), field, variable });
                DraftValue::Plain(default.to_owned())
            }
            None => {
                if it.default.is_some() {
                    let place = place(part, name);
                    self.notes.push(NoteReason::NoDefault { place, variable });
                }
                DraftValue::variable(it.name)
            }
        }
    }

    // The author of the entry expected the client to replace it. But a password may begin with `$`.
    fn unchanged(
        &mut self,
        part: EntryPart,
        name: &str,
        it: &Placeholder<'_>,
    ) -> Option<DraftValue> {
        if it.is_bare() && it.name != name {
            return is_secret_name(name).then(|| DraftValue::Secret(it.text.to_owned().into()));
        }
        if placeholder::is_predefined(it.name) {
            return None;
        }
        if it.default.is_some() {
            return Some(self.variable(part, name, it));
        }
        let (place, variable) = (place(part, name), it.name.to_owned());
        self.notes.push(NoteReason::Unreplaced { place, shown: it.shown(), variable });
        Some(DraftValue::variable(it.name))
    }

    /// Reads a string in which the client may replace parts. A directory of the client's own becomes `~/`, and a
    /// variable with a default becomes the default.
    ///
    /// # Errors
    /// Fails if the client replaces a part that a declaration cannot express.
    pub fn text(&mut self, part: EntryPart, name: &str, text: &str) -> Result<String, NoteReason> {
        let mut read = String::new();
        let mut end = 0;
        for (it, becomes) in self.placeholders(part, text) {
            read += &text[end..it.range.start];
            let rest = &text[it.range.end..];
            let replaced = becomes != PlaceholderResult::Unchanged;
            let is_path = !matches!(part, EntryPart::Url | EntryPart::Headers);
            if replaced && is_path && it.range.start == 0 && it.is_home() && rest.starts_with('/') {
                read.push('~');
            } else if becomes == PlaceholderResult::Variable
                && let Some(default) = usable_default(name, &it)
            {
                let (place, variable) = (place(part, name), it.name.to_owned());
                let field = name.to_owned();
                self.notes.push(NoteReason::Default { place, field, variable });
                read += default;
            } else if !replaced && is_literal(part, &it) {
                read += it.text;
            } else {
                let (place, shown) = (place(part, name), literal::mask(&it.shown()));
                return Err(match becomes {
                    PlaceholderResult::Unchanged => NoteReason::PassedOn { place, shown },
                    PlaceholderResult::Variable
                    | PlaceholderResult::Predefined
                    | PlaceholderResult::Unknown(_) => NoteReason::Filled { place, shown },
                });
            }
            end = it.range.end;
        }
        Ok(read + &text[end..])
    }
}

// A default that may be written to the declaration.
fn usable_default<'t>(name: &str, it: &Placeholder<'t>) -> Option<&'t str> {
    it.default.filter(|default| {
        !default.is_empty()
            && !is_secret_name(name)
            && !is_secret_name(it.name)
            && placeholder::known(default).is_empty()
            && judge_named(name, default) == SecretVerdict::Harmless
    })
}

// Whether a program may want a placeholder that its client passes on. A path or a URL is of no use with one.
fn is_literal(part: EntryPart, it: &Placeholder<'_>) -> bool {
    match part {
        EntryPart::Args | EntryPart::Env => {
            it.input().is_none() && !placeholder::is_predefined(it.name)
        }
        EntryPart::Command | EntryPart::Cwd | EntryPart::Url | EntryPart::Headers => false,
    }
}

fn place(part: EntryPart, name: &str) -> String {
    let name = literal::mask(name);
    match part {
        EntryPart::Env => format!("env.{name}"),
        EntryPart::Headers => format!("headers.{name}"),
        EntryPart::Command | EntryPart::Args | EntryPart::Cwd | EntryPart::Url => name,
    }
}
