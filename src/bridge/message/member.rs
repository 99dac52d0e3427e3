//! The names of the members that are parsed.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, Visitor};

/// Reads the name of a member as its position in this list, or as `None` if it is not in the list.
///
/// A name that differs from one in the list only in case is an error: servers whose JSON parser ignores case would
/// read the member, and others would not (Go's `encoding/json`, .NET's `System.Text.Json` with the defaults of the web).
#[derive(Debug, Clone, Copy)]
pub struct MemberName(pub &'static [&'static str]);

impl<'de> DeserializeSeed<'de> for MemberName {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, name: D) -> Result<Self::Value, D::Error> {
        name.deserialize_identifier(self)
    }
}

impl Visitor<'_> for MemberName {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        let found = self.0.iter().position(|known| *known == name);
        if found.is_none() && self.0.iter().any(|known| is_alike(name, known)) {
            return Err(E::custom("a name in another case"));
        }
        Ok(found)
    }
}

// The long s and the Kelvin sign are equal to `s` and `k` if case is ignored (Unicode, CaseFolding.txt).
fn is_alike(name: &str, known: &str) -> bool {
    let fold = |letter: char| match letter {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        letter => letter.to_ascii_lowercase(),
    };
    name.chars().map(fold).eq(known.chars())
}
