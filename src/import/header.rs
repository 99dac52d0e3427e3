//! Reads the headers of a server.

use std::collections::BTreeMap;

use super::note::NoteReason;
use super::value::{DraftValue, ValueReader};
use crate::client::EntryPart;
use crate::secret::literal::{self, SecretVerdict};

/// The headers of a server, and separately the token in them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DraftHeaders {
    /// What goes behind `Authorization: Bearer`.
    pub bearer: Option<DraftValue>,
    /// The others.
    pub others: BTreeMap<String, DraftValue>,
}

impl DraftHeaders {
    /// Adds a header as it is written.
    ///
    /// # Errors
    /// Fails if the client replaces a part of the value that a declaration cannot express.
    pub fn add(
        &mut self,
        name: &str,
        text: &str,
        reader: &mut ValueReader<'_>,
    ) -> Result<(), NoteReason> {
        if !is_authorization(name) {
            let value = reader.named(EntryPart::Headers, name, text)?;
            self.others.insert(name.to_owned(), value);
            return Ok(());
        }
        let scheme = text.get(..7).is_some_and(|it| it.eq_ignore_ascii_case("bearer "));
        let value = if scheme { text[7..].trim() } else { text };
        let held = match reader.whole(EntryPart::Headers, name, value) {
            Some(whole) => whole,
            None => {
                let value = reader.text(EntryPart::Headers, name, value)?;
                match literal::judge_named(name, &value) {
                    SecretVerdict::Placeholder => reader.missing(EntryPart::Headers, name),
                    SecretVerdict::Harmless | SecretVerdict::Secret(_) => {
                        DraftValue::Secret(value.into())
                    }
                }
            }
        };
        if scheme {
            self.bearer = Some(held);
        } else {
            self.others.insert(name.to_owned(), held);
        }
        Ok(())
    }

    /// Adds a header with the value of an environment variable.
    pub fn add_variable(&mut self, name: &str, variable: &str) {
        self.others.insert(name.to_owned(), DraftValue::variable(variable));
    }

    /// Returns whether one of the headers is a secret.
    pub fn hide(&self) -> bool {
        self.bearer.is_some() || self.others.values().any(DraftValue::is_hidden)
    }
}

fn is_authorization(name: &str) -> bool {
    name.eq_ignore_ascii_case("Authorization")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::ClientTable;
    use crate::secret::Secret;

    fn read(client: &str, text: &str) -> Result<DraftHeaders, NoteReason> {
        let table = ClientTable::load(None).expect("built in");
        let mut reader = ValueReader::new(table.get(client).unwrap());
        let mut headers = DraftHeaders::default();
        headers.add("authorization", text, &mut reader).map(|()| headers)
    }

    #[test]
    fn what_authorizes_is_a_secret_whatever_its_shape() {
        let secret = |text: &str| DraftValue::Secret(Secret::new(text.into()));
        let gemini = |text: &str| read("gemini-cli", text).unwrap();
        assert_eq!(gemini("Bearer abc").bearer, Some(secret("abc")));
        assert_eq!(gemini("bearer $T").bearer, Some(DraftValue::variable("T")));
        assert_eq!(gemini("Basic YTpi").others["authorization"], secret("Basic YTpi"));
        let asked = read("vscode", "Bearer ${input:x}").unwrap();
        assert_eq!(asked.bearer, Some(DraftValue::Input("x".into())));
        assert!(read("vscode", "Bearer a${input:x}").is_err());
    }
}
