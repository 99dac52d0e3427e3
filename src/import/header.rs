//! Reads the value of an environment variable or a header: a literal, a reference, or a secret that becomes a
//! reference.

use std::collections::BTreeMap;

use super::note::NoteReason;
use crate::secret::Secret;
use crate::secret::literal::{self, SecretVerdict};

/// Holds a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DraftValue {
    /// A literal value.
    Plain(String),
    /// It leads to a secret.
    Reference(String),
    /// It is a secret.
    Secret(Secret),
}

/// The headers of a server, and separately the token in them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DraftHeaders {
    /// What goes behind `Authorization: Bearer`.
    pub bearer: Option<DraftValue>,
    /// The others.
    pub others: BTreeMap<String, DraftValue>,
}

impl DraftValue {
    /// Reads a value under its name.
    ///
    /// # Errors
    /// Fails if a client would expand a part of the value, and if the value is a placeholder of a secret.
    pub fn read(name: &str, text: &str) -> Result<Self, NoteReason> {
        if let Some(variable) = variable(text) {
            return Ok(Self::Reference(format!("env:{variable}")));
        }
        reject_placeholders(name, text)?;
        match literal::judge_named(name, text) {
            SecretVerdict::Harmless => Ok(Self::Plain(text.to_owned())),
            SecretVerdict::Secret(_) => Ok(Self::Secret(text.to_owned().into())),
            SecretVerdict::Placeholder => Err(NoteReason::Placeholder(literal::mask(name))),
        }
    }

    /// Returns whether the value is a secret.
    pub fn is_hidden(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Reference(_) | Self::Secret(_) => true,
        }
    }
}

impl DraftHeaders {
    /// Adds a header as it is written.
    ///
    /// # Errors
    /// Fails if a client would expand a part of the value.
    pub fn add(&mut self, name: &str, text: &str) -> Result<(), NoteReason> {
        if !name.eq_ignore_ascii_case("Authorization") {
            self.others.insert(name.to_owned(), DraftValue::read(name, text)?);
            return Ok(());
        }
        let scheme = text.get(..7).is_some_and(|it| it.eq_ignore_ascii_case("bearer "));
        let value = if scheme { text[7..].trim() } else { text };
        let held = match variable(value) {
            Some(variable) => DraftValue::Reference(format!("env:{variable}")),
            None => {
                reject_placeholders(name, value)?;
                if literal::judge_named(name, value) == SecretVerdict::Placeholder {
                    return Err(NoteReason::Placeholder(literal::mask(name)));
                }
                DraftValue::Secret(value.to_owned().into())
            }
        };
        if scheme {
            self.bearer = Some(held);
        } else {
            self.others.insert(name.to_owned(), held);
        }
        Ok(())
    }

    /// Returns whether one of the headers is a secret.
    pub fn hide(&self) -> bool {
        self.bearer.is_some() || self.others.values().any(DraftValue::is_hidden)
    }
}

// The spellings of clients that name an environment variable as such. Others write `${NAME}` or `$NAME`.
const EXPLICIT: [(&str, &str); 3] = [("${env:", "}"), ("${{ secrets.", "}}"), ("{env:", "}")];

// Only the first spellings say that the name is one of an environment variable. In the others, a name in lower case
// is one of the client's own (`${workspaceFolder}`), and a password may begin with `$`.
fn variable(text: &str) -> Option<&str> {
    let inside =
        |(start, end): &(&str, &str)| Some(text.strip_prefix(start)?.strip_suffix(end)?.trim());
    let explicit = EXPLICIT.iter().filter_map(inside).find(|name| is_name(name));
    let bare = inside(&("${", "}")).or_else(|| text.strip_prefix('$'));
    explicit.or(bare.filter(|name| literal::is_variable(name)))
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Rejects a string of which a client would expand a part.
///
/// # Errors
/// Fails if there is such a part.
pub fn reject_placeholders(place: &str, text: &str) -> Result<(), NoteReason> {
    let filled = ["${", "{env:", "{file:"].iter().any(|mark| text.contains(mark));
    if filled { Err(NoteReason::Filled(literal::mask(place))) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_a_reference_in_every_clients_spelling() {
        for text in ["${A_1}", "${env:A_1}", "{env:A_1}", "${{ secrets.A_1 }}", "$A_1"] {
            assert_eq!(
                DraftValue::read("X", text),
                Ok(DraftValue::Reference("env:A_1".into())),
                "{text}"
            );
        }
        for text in ["${env:a_1}", "$http_proxy", "${_A}"] {
            assert!(matches!(DraftValue::read("X", text), Ok(DraftValue::Reference(_))), "{text}");
        }
        for text in [
            "${A:-b}",
            "a${B}",
            "${input:token}",
            "{file:/a}",
            "${workspaceFolder}/a",
            "${workspaceFolder}",
            "${userHome}",
        ] {
            assert_eq!(DraftValue::read("X", text), Err(NoteReason::Filled("X".into())), "{text}");
        }
        assert_eq!(DraftValue::read("X", "a $5"), Ok(DraftValue::Plain("a $5".into())));
    }

    #[test]
    fn a_password_that_begins_with_a_dollar_sign_is_a_secret_and_never_a_name() {
        for text in ["$ecretPa55word", "$hunter2", "$Hunter2"] {
            let secret = DraftValue::Secret(Secret::new(text.into()));
            assert_eq!(DraftValue::read("DB_PASSWORD", text), Ok(secret), "{text}");
        }
    }

    #[test]
    fn what_authorizes_is_a_secret_whatever_its_shape() {
        let read = |text: &str| {
            let mut headers = DraftHeaders::default();
            headers.add("authorization", text).map(|()| headers)
        };
        let secret = |text: &str| DraftValue::Secret(Secret::new(text.into()));
        assert_eq!(read("Bearer abc").unwrap().bearer, Some(secret("abc")));
        assert_eq!(read("bearer $T").unwrap().bearer, Some(DraftValue::Reference("env:T".into())));
        assert_eq!(read("Basic YTpi").unwrap().others["authorization"], secret("Basic YTpi"));
        assert!(read("Bearer ${input:x}").is_err());
    }
}
