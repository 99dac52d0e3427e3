//! The `WWW-Authenticate` header of a server that requires a sign-in (RFC 9110, section 11.6.1).

/// The parameters of challenges that matter for signing in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Challenge {
    /// The URL of the protected resource metadata.
    pub resource_metadata: Option<String>,
    /// The required scope.
    pub scope: Option<String>,
    /// The error code of a refused token (RFC 6750, section 3.1).
    pub error: Option<String>,
}

impl Challenge {
    /// Parses the values of the header; the first occurrence of a parameter counts.
    pub fn from_headers<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let mut found = Self::default();
        for value in values {
            for (name, value) in params(value) {
                match name.to_ascii_lowercase().as_str() {
                    "resource_metadata" => found.resource_metadata.get_or_insert(value),
                    "scope" => found.scope.get_or_insert(value),
                    "error" => found.error.get_or_insert(value),
                    _other => continue,
                };
            }
        }
        found
    }

    /// Adds the parameters that only a later challenge has.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            resource_metadata: self.resource_metadata.or(other.resource_metadata),
            scope: self.scope.or(other.scope),
            error: self.error.or(other.error),
        }
    }
}

// Finds every `name=value` in `Bearer a="b", c=d, Basic realm="x"`.
fn params(mut rest: &str) -> Vec<(&str, String)> {
    let mut found = vec![];
    while let Some(at) = rest.find('=') {
        // RFC 9110, section 11.2: white space around `=` does not count.
        let name = rest[..at].trim_end().rsplit([' ', ',', '\t']).next().unwrap_or_default();
        rest = rest[at + 1..].trim_start();
        let value = if let Some(quoted) = rest.strip_prefix('"') {
            let (value, after) = unquote(quoted);
            rest = after;
            value
        } else {
            let end = rest.find([',', ' ', '\t']).unwrap_or(rest.len());
            let value = rest[..end].to_owned();
            rest = &rest[end..];
            value
        };
        if !name.is_empty() {
            found.push((name, value));
        }
    }
    found
}

fn unquote(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (value, &text[at + 1..]),
            '\\' => value.extend(chars.next().map(|(_, c)| c)),
            other => value.push(other),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_read_in_any_spelling() {
        let metadata = "https://a/.well-known/oauth-protected-resource";
        for value in [
            format!("Bearer resource_metadata=\"{metadata}\", scope=\"a b\""),
            format!("Bearer error=\"invalid_token\",scope=\"a b\",resource_metadata={metadata}"),
            format!("Bearer resource_metadata =\"{metadata}\", scope\t= \"a b\""),
            format!("Bearer scope = \"a b\",resource_metadata= {metadata}\t, realm=x"),
            format!("Negotiate YWJj==, Bearer scope=\"a b\", resource_metadata={metadata}"),
            format!(
                "Basic realm=\"x, scope=y\", Bearer Scope=\"a b\", Resource_Metadata=\"{metadata}\""
            ),
        ] {
            let found = Challenge::from_headers([value.as_str()]);
            assert_eq!(found.resource_metadata.as_deref(), Some(metadata), "{value}");
            assert_eq!(found.scope.as_deref(), Some("a b"), "{value}");
        }
        for odd in ["Bearer", "", "Bearer scope=\"unclosed", "=", "Bearer =\"x\""] {
            assert_eq!(Challenge::from_headers([odd]).resource_metadata, None, "{odd}");
        }
        assert_eq!(
            Challenge::from_headers(["Bearer scope=\"a\\\"b\""]).scope.as_deref(),
            Some("a\"b")
        );
    }
}
