//! Paths with variables, which the client table and `file:` references have.

use camino::{Utf8Path, Utf8PathBuf};

use super::{Environment, PathError, native};

/// The result of expanding a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expanded {
    /// A path at which the file may be.
    Candidate(Utf8PathBuf),
    /// The path in a variable without a default: the client reads only that file.
    Decided(Utf8PathBuf),
    /// No path: this variable has no default and is unset.
    Unset(String),
}

impl Expanded {
    /// Returns the path, if there is one.
    pub fn path(self) -> Option<Utf8PathBuf> {
        match self {
            Self::Candidate(path) | Self::Decided(path) => Some(path),
            Self::Unset(_) => None,
        }
    }
}

enum VariableUse {
    Nothing,
    Set,
    Unset(String),
}

fn closing_brace(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            other => debug_assert!(other != '}'),
        }
    }
    None
}

/// Returns the names of the variables in a path, in their order.
pub fn variables_in(pattern: &str) -> Vec<&str> {
    let end = |rest: &str| rest.find([':', '}']).unwrap_or(rest.len());
    pattern.split("${").skip(1).map(|rest| &rest[..end(rest)]).collect()
}

/// Returns the names of the variables in a path that have no default and are not part of one.
pub fn required_variables_in(pattern: &str) -> Vec<&str> {
    let Some((_, inner)) = pattern.split_once("${") else { return vec![] };
    let Some(end) = closing_brace(inner) else { return vec![] };
    let name = Some(&inner[..end]).filter(|name| !name.contains(":-"));
    name.into_iter().chain(required_variables_in(&inner[end + 1..])).collect()
}

impl Environment {
    /// Expands a path of the client table or of a `file:` reference: `~`, `${VAR}` and `${VAR:-default}`, which may nest.
    ///
    /// # Errors
    /// Fails if a `${` has no `}`.
    pub fn expand(&self, pattern: &str) -> Result<Expanded, PathError> {
        let mut named = VariableUse::Nothing;
        let text = self.expand_vars(pattern, &mut named)?;
        let path = native(Utf8Path::new(&self.expand_tilde(&text)));
        Ok(match named {
            VariableUse::Nothing => Expanded::Candidate(path),
            VariableUse::Set => Expanded::Decided(path),
            VariableUse::Unset(name) => Expanded::Unset(name),
        })
    }

    fn expand_vars(&self, pattern: &str, named: &mut VariableUse) -> Result<String, PathError> {
        let Some(start) = pattern.find("${") else { return Ok(pattern.to_owned()) };
        let inner = &pattern[start + 2..];
        let end = closing_brace(inner).ok_or_else(|| PathError::Unclosed(pattern.to_owned()))?;
        let value = match inner[..end].split_once(":-") {
            Some((name, default)) => match self.var(name) {
                Some(value) => value.to_owned(),
                None => self.expand_vars(default, named)?,
            },
            None => {
                let name = &inner[..end];
                let value = self.var(name);
                // If one variable is unset, there is no path, whatever the others are.
                match (value, &named) {
                    (_, VariableUse::Unset(_)) => {}
                    (Some(_), VariableUse::Nothing | VariableUse::Set) => *named = VariableUse::Set,
                    (None, VariableUse::Nothing | VariableUse::Set) => {
                        *named = VariableUse::Unset(name.to_owned())
                    }
                }
                value.unwrap_or_default().to_owned()
            }
        };
        Ok(format!("{}{value}{}", &pattern[..start], self.expand_vars(&inner[end + 1..], named)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths::Os;

    fn with(vars: &[(&str, &str)]) -> Environment {
        Environment::bare(Os::Linux, Utf8Path::new("/home/ada")).with(vars)
    }

    #[test]
    fn a_pattern_takes_the_first_variable_that_is_set() {
        let cline =
            "${CLINE_FILE:-${CLINE_DATA_DIR:-${CLINE_DIR:-~/.cline}/data}/settings/mcp.json}";
        for (vars, want) in [
            (&[][..], "/home/ada/.cline/data/settings/mcp.json"),
            (&[("CLINE_DIR", "/x")][..], "/x/data/settings/mcp.json"),
            (&[("CLINE_DATA_DIR", "~/d")][..], "/home/ada/d/settings/mcp.json"),
            (&[("CLINE_FILE", "/f.json"), ("CLINE_DIR", "/x")][..], "/f.json"),
            (&[("CLINE_FILE", "")][..], "/home/ada/.cline/data/settings/mcp.json"),
        ] {
            assert_eq!(with(vars).expand(cline).unwrap(), Expanded::Candidate(want.into()));
        }
        assert!(with(&[]).expand("${A:-${B}").is_err());
    }

    #[test]
    fn a_variable_without_a_default_decides_or_drops_its_path() {
        assert_eq!(with(&[]).expand("${ROOT}/c.yaml").unwrap(), Expanded::Unset("ROOT".into()));
        let half = with(&[("B", "/b")]).expand("${A}/${B}").unwrap();
        assert_eq!(half, Expanded::Unset("A".into()));
        let decided = with(&[("ROOT", "/r")]).expand("${ROOT}/c.yaml").unwrap();
        assert_eq!(decided, Expanded::Decided("/r/c.yaml".into()));
    }
}
