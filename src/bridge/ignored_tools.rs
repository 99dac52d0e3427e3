//! Hides tools from the client (`--ignore-tool`).

use serde::Deserialize;
use serde_json::value::RawValue;

// The parts of a tools/list response that are parsed. The rest stays raw, because it may be invalid UTF-16 or deeply
// nested.
#[derive(Deserialize)]
struct ToolsListResponse<'a> {
    #[serde(borrow)]
    result: Option<ToolsListResult<'a>>,
}

#[derive(Deserialize)]
struct ToolsListResult<'a> {
    #[serde(borrow)]
    tools: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Tool {
    name: String,
}

/// Patterns of tool names, in which `*` matches any string.
#[derive(Debug, Clone, Default)]
pub struct IgnoredTools(Vec<String>);

impl IgnoredTools {
    /// Patterns are case-insensitive, like mcp-remote's.
    pub fn new(patterns: &[String]) -> Self {
        Self(patterns.iter().map(|pattern| pattern.to_lowercase()).collect())
    }

    /// Returns whether no tool is hidden.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether a tool is hidden.
    pub fn covers(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        self.0.iter().any(|pattern| matches(pattern, &name))
    }

    /// Removes hidden tools from a response to tools/list, and keeps every other byte. Returns `None` if the response
    /// lists no hidden tool.
    ///
    /// # Errors
    /// Fails if the response cannot be parsed.
    pub fn filter(&self, answer: &[u8]) -> Result<Option<Vec<u8>>, serde_json::Error> {
        if answer.trim_ascii_start().starts_with(b"[") {
            return self.filter_batch(answer);
        }
        let read: ToolsListResponse<'_> = serde_json::from_slice(answer)?;
        let Some(list) = read.result.and_then(|result| result.tools) else { return Ok(None) };
        let tools: Vec<&RawValue> = serde_json::from_str(list.get())?;
        let hidden = |tool: &&RawValue| {
            let named: Result<Tool, _> = serde_json::from_str(tool.get());
            // If a name is invalid or occurs twice, the client may read another name, so the tool is hidden.
            named.map_or(true, |tool| self.covers(&tool.name))
        };
        let seen: Vec<&str> =
            tools.iter().filter(|tool| !hidden(tool)).map(|tool| tool.get()).collect();
        if seen.len() == tools.len() {
            return Ok(None);
        }
        let begin = list.get().as_ptr().addr() - answer.as_ptr().addr();
        let end = begin + list.get().len();
        Ok(Some([&answer[..begin], b"[", seen.join(",").as_bytes(), b"]", &answer[end..]].concat()))
    }

    fn filter_batch(&self, batch: &[u8]) -> Result<Option<Vec<u8>>, serde_json::Error> {
        let answers: Vec<&RawValue> = serde_json::from_slice(batch)?;
        let filtered = answers.iter().map(|answer| self.filter(answer.get().as_bytes()));
        let filtered: Vec<Option<Vec<u8>>> = filtered.collect::<Result<_, _>>()?;
        if filtered.iter().all(Option::is_none) {
            return Ok(None);
        }
        let whole = |(fewer, answer): (Option<Vec<u8>>, &&RawValue)| {
            fewer.unwrap_or_else(|| answer.get().as_bytes().to_vec())
        };
        let parts: Vec<_> = filtered.into_iter().zip(&answers).map(whole).collect();
        Ok(Some([b"[", parts.join(&b',').as_slice(), b"]"].concat()))
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
                IgnoredTools::new(&[pattern.to_owned()]).covers(name),
                covered,
                "{pattern} {name}"
            );
        }
    }

    #[test]
    fn hidden_tools_are_removed_from_a_list() {
        let ignored = IgnoredTools::new(&["b*".to_owned()]);
        let list = br#"{"id":1,"result":{"x":1,"tools":[{"name":"a"},{"name":"bb"}],"y":2}}"#;
        let want = br#"{"id":1,"result":{"x":1,"tools":[{"name":"a"}],"y":2}}"#;
        assert_eq!(ignored.filter(list).unwrap().as_deref(), Some(&want[..]));
        assert_eq!(ignored.filter(want).unwrap(), None);
        let odd = br#"{"result":{ "tools" : [ {"name":"b"} , {"name":"a","d":"\ud83d","n":1e999}]}, "id":1}"#;
        let want = br#"{"result":{ "tools" : [{"name":"a","d":"\ud83d","n":1e999}]}, "id":1}"#;
        assert_eq!(ignored.filter(odd).unwrap().as_deref(), Some(&want[..]));
        for name in [r#""a","name":"b""#, r#""b\ud83d""#] {
            let odd = format!(r#"{{"result":{{"tools":[{{"name":{name}}}]}}}}"#);
            let want = br#"{"result":{"tools":[]}}"#;
            assert_eq!(ignored.filter(odd.as_bytes()).unwrap().as_deref(), Some(&want[..]));
        }
        let batch = br#"[{"id":2,"result":{}},{"id":1,"result":{"tools":[{"name":"b"}]}}]"#;
        let want = br#"[{"id":2,"result":{}},{"id":1,"result":{"tools":[]}}]"#;
        assert_eq!(ignored.filter(batch).unwrap().as_deref(), Some(&want[..]));
        let error = br#"{"id":1,"error":{"code":1,"message":"no"}}"#;
        assert_eq!(ignored.filter(error).unwrap(), None);
    }
}
