//! The cache key: the prefix of the file names of one sign-in.

use std::fmt;

use md5::{Digest as _, Md5};

/// A cache key: 32 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CacheKey(String);

impl CacheKey {
    /// Computes the key from the URL and the parts that a bridge hashes after it.
    pub(super) fn from_parts(parts: &[String]) -> Self {
        Self(Md5::digest(parts.join("|")).iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Parses the key at the start of a file name.
    pub(super) fn from_file_name(name: &str) -> Option<Self> {
        let (key, _) = name.split_once('_')?;
        let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        (key.len() == 32 && key.chars().all(hex)).then(|| Self(key.to_owned()))
    }

    /// Returns the key as it is in file names.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the callback port that follows from the key.
    pub fn port(&self) -> u16 {
        let offset = u32::from_str_radix(&self.0[..4], 16).expect("a key is hexadecimal");
        u16::try_from(3335 + offset % 45816).expect("at most 49150")
    }
}

impl fmt::Display for CacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_digest_of_its_parts_and_determines_the_port() {
        let key = CacheKey::from_parts(&["https://a.example/mcp".to_owned(), "x".to_owned()]);
        assert_eq!(key.as_str(), "91cd00f0feec8fb2c18bfa5c1e324744");
        assert_eq!((key.to_string().as_str(), key.port()), (key.as_str(), 40660));
        let last = CacheKey::from_file_name(&format!("{}_tokens.json", "f".repeat(32)));
        assert_eq!(last.map(|key| key.port()), Some(3335 + 0xffff % 45816));
    }

    #[test]
    fn only_the_name_of_a_file_of_the_cache_has_a_key() {
        let key = "0123456789abcdef0123456789abcdef";
        let found = CacheKey::from_file_name(&format!("{key}_client_info.json"));
        assert_eq!(found.as_ref().map(CacheKey::as_str), Some(key));
        for odd in [key, "_tokens.json", "abc_tokens.json"] {
            assert_eq!(CacheKey::from_file_name(odd), None, "{odd}");
        }
        for other in ['g', 'F', '-'] {
            let name = format!("{}{other}_tokens.json", &key[1..]);
            assert_eq!(CacheKey::from_file_name(&name), None, "{name}");
        }
    }
}
