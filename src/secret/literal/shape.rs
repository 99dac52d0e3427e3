//! The forms of issuers' tokens: a prefix, an alphabet and a length.

/// One form of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenShape {
    /// What every such token starts with.
    pub prefix: &'static str,
    /// The characters that follow.
    pub alphabet: Alphabet,
    /// How many follow at least.
    pub length: usize,
    /// Whether not more may follow.
    pub exact: bool,
    /// Where the facts come from.
    pub source: &'static str,
    /// What the token is, for messages.
    pub what: &'static str,
}

/// The characters of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alphabet {
    /// Digits and `a` to `f`.
    Hex,
    /// Digits and upper-case letters.
    Upper,
    /// Digits and letters.
    Alnum,
    /// Digits, letters, `_` and `-`.
    Token,
    /// Digits, letters, `_`, `-` and `.`.
    Dotted,
    /// Digits, letters, `+` and `/`.
    Base64,
}

// No more characters of a token are examined than this.
const EXAMINED: usize = 128;

impl Alphabet {
    const ALL: [(&'static str, Self); 6] = [
        ("hex", Self::Hex),
        ("upper", Self::Upper),
        ("alnum", Self::Alnum),
        ("token", Self::Token),
        ("dotted", Self::Dotted),
        ("base64", Self::Base64),
    ];

    /// Returns its name in the table.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, own)| *own == self).map_or("", |(name, _)| name)
    }

    fn has(self, c: char) -> bool {
        match self {
            Self::Hex => c.is_ascii_hexdigit(),
            Self::Upper => c.is_ascii_digit() || c.is_ascii_uppercase(),
            Self::Alnum => c.is_ascii_alphanumeric(),
            Self::Token => c.is_ascii_alphanumeric() || matches!(c, '_' | '-'),
            Self::Dotted => c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'),
            Self::Base64 => c.is_ascii_alphanumeric() || matches!(c, '+' | '/'),
        }
    }
}

impl TokenShape {
    /// Reads a row of the table: prefix, alphabet, length and source.
    pub fn read(row: &'static str, what: &'static str) -> Option<Self> {
        let mut columns = row.split(' ');
        let prefix = columns.next().filter(|prefix| !prefix.is_empty())?;
        let alphabet = columns.next()?;
        let alphabet = Alphabet::ALL.iter().find(|(name, _)| *name == alphabet)?.1;
        let number = columns.next()?;
        let length = number.trim_start_matches('=').parse().ok()?;
        let source = columns.next()?;
        Some(Self { prefix, alphabet, length, exact: number.starts_with('='), source, what })
    }

    /// Returns how long the token is that a string starts with.
    pub fn length_in(&self, text: &str) -> Option<usize> {
        let rest = text.strip_prefix(self.prefix)?;
        let run: usize = rest
            .chars()
            .take(EXAMINED.max(self.length + 1))
            .take_while(|c| self.alphabet.has(*c))
            .map(char::len_utf8)
            .sum();
        let fits = if self.exact {
            let next = rest[run..].chars().next();
            run == self.length && next.is_none_or(|c| !c.is_ascii_alphanumeric() && c != '_')
        } else {
            run >= self.length
        };
        (fits && is_random(&rest[..run])).then_some(self.prefix.len() + run)
    }
}

// A part of a token between its separators mixes digits with letters, or lower case with upper case, or is a long number.
fn is_random(text: &str) -> bool {
    let parts = text.split(|c: char| !c.is_ascii_alphanumeric());
    parts.filter(|part| part.len() >= 8).any(|part| {
        let has = |is: fn(&u8) -> bool| part.bytes().any(|byte| is(&byte));
        let digits = has(u8::is_ascii_digit);
        let (lower, upper) = (has(u8::is_ascii_lowercase), has(u8::is_ascii_uppercase));
        let mixed = lower && part[1..].bytes().any(|byte| byte.is_ascii_uppercase());
        (digits && (lower || upper)) || mixed || (digits && part.len() >= 10)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alphabet_has_the_name_that_is_read() {
        for (name, alphabet) in [
            ("hex", Alphabet::Hex),
            ("upper", Alphabet::Upper),
            ("alnum", Alphabet::Alnum),
            ("token", Alphabet::Token),
            ("dotted", Alphabet::Dotted),
            ("base64", Alphabet::Base64),
        ] {
            assert_eq!(alphabet.name(), name);
        }
    }

    #[test]
    fn a_token_has_the_length_of_its_form() {
        let long = "a1".repeat(EXAMINED / 2);
        for (row, text, length) in [
            ("t- hex 8 x", "t-0123abcd", Some(10)),
            ("t- hex 8 x", "t-0123abcd9", Some(11)),
            ("t- hex 8 x", "t-0123abc", None),
            ("t- hex 8 x", "s-0123abcd", None),
            ("t- hex =8 x", "t-0123abcd", Some(10)),
            ("t- hex =8 x", "t-0123abcd-", Some(10)),
            ("t- hex =8 x", "t-0123abcd9", None),
            ("t- hex =8 x", "t-0123abcdg", None),
            ("t- hex =8 x", "t-0123abcd_", None),
            ("t- hex =8 x", "t-0123abc", None),
            ("t- token =128 x", &format!("t-{long}"), Some(130)),
            ("t- token =128 x", &format!("t-{long}-"), None),
        ] {
            let shape = TokenShape::read(row, "").unwrap();
            assert_eq!(shape.length_in(text), length, "{row} {text}");
        }
    }

    #[test]
    fn a_part_of_a_token_is_random() {
        for (text, random) in [
            ("abcdefg1", true),
            ("ABCDEFG1", true),
            ("abcdEfgh", true),
            ("AbcdEfgh", true),
            ("1234567890", true),
            ("a-abcdefg1", true),
            ("Abcdefgh", false),
            ("abcdefghij", false),
            ("ABCDEFGHIJ", false),
            ("123456789", false),
            ("abcdef1", false),
            ("abcd-efg1", false),
        ] {
            assert_eq!(is_random(text), random, "{text}");
        }
    }
}
