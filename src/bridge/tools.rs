//! Tools that the client is not to see (`--ignore-tool`).

use serde_json::Value;

/// Holds patterns of names, in which `*` stands for anything.
#[derive(Debug, Clone, Default)]
pub struct Ignored(Vec<String>);

impl Ignored {
    /// Makes it. Upper and lower case do not count, as for mcp-remote.
    pub fn new(patterns: &[String]) -> Self {
        Self(patterns.iter().map(|pattern| pattern.to_lowercase()).collect())
    }

    /// Returns whether every tool is to be seen.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether a tool is not to be seen.
    pub fn covers(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        self.0.iter().any(|pattern| matches(pattern, &name))
    }

    /// Takes the tools out of an answer that lists them; None where it lists none of them.
    ///
    /// # Errors
    /// Fails where the answer is nested too deep to be read.
    pub fn filter(&self, answer: &[u8]) -> Result<Option<Vec<u8>>, serde_json::Error> {
        let mut answer: Value = serde_json::from_slice(answer)?;
        let tools = answer.get_mut("result").and_then(|result| result.get_mut("tools"));
        let Some(tools) = tools.and_then(Value::as_array_mut) else { return Ok(None) };
        let before = tools.len();
        tools.retain(|tool| !tool["name"].as_str().is_some_and(|name| self.covers(name)));
        Ok((tools.len() != before).then(|| answer.to_string().into()))
    }
}

fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let begin = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(begin) else { return false };
    let Some(end) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_covers_the_whole_name() {
        for (pattern, name, covered) in [
            ("delete*", "deleteTask", true),
            ("Delete*", "deletetask", true),
            ("*account", "getAccount", true),
            ("exact", "exact", true),
            ("exact", "exactly", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*a", "a", false),
            ("*", "", true),
            ("a.c", "abc", false),
        ] {
            assert_eq!(
                Ignored::new(&[pattern.to_owned()]).covers(name),
                covered,
                "{pattern} {name}"
            );
        }
    }

    #[test]
    fn a_list_is_given_without_them() {
        let ignored = Ignored::new(&["b*".to_owned()]);
        let list = br#"{"id":1,"result":{"x":1,"tools":[{"name":"a"},{"name":"bb"}],"y":2}}"#;
        let want = br#"{"id":1,"result":{"x":1,"tools":[{"name":"a"}],"y":2}}"#;
        assert_eq!(ignored.filter(list).unwrap().as_deref(), Some(&want[..]));
        assert_eq!(ignored.filter(want).unwrap(), None);
    }
}
