//! Hides tools from the client: `--ignore-tool`, `--only-tool`, and `tools` in a declaration.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::message::{self, JsonRpcMessage};
use crate::wildcard::matches;

/// The error in place of a list of tools that cannot be parsed.
pub const UNREADABLE_LIST: &str =
    "cannot hide tools: the server's list of tools is not valid JSON-RPC";
const BESIDE_HIDDEN: &str = "another message of this batch calls a tool that is not available";

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

/// Tools that are hidden from the client, by patterns of names, in which `*` matches any string.
#[derive(Debug, Clone, Default)]
pub struct ToolFilter {
    allow: Vec<String>,
    deny: Vec<String>,
}

impl ToolFilter {
    /// Hides the tools that a pattern in `deny` matches, and if `allow` is not empty, the tools that no pattern in it
    /// matches. Patterns in `deny` are case-insensitive, like mcp-remote's. Names of tools are case-sensitive, so
    /// `allow` allows only the exact names.
    pub fn new(allow: &[String], deny: &[String]) -> Self {
        let deny = deny.iter().map(|pattern| pattern.to_lowercase()).collect();
        Self { allow: allow.to_vec(), deny }
    }

    /// Returns whether no tool is hidden.
    pub fn is_empty(&self) -> bool {
        self.allow.is_empty() && self.deny.is_empty()
    }

    /// Returns whether a tool is hidden.
    pub fn hides(&self, name: &str) -> bool {
        let allowed = self.allow.is_empty() || self.allow.iter().any(|it| matches(it, name));
        let folded = name.to_lowercase();
        !allowed || self.deny.iter().any(|pattern| matches(pattern, &folded))
    }

    /// Returns the responses to messages that call a hidden tool: an error for each request. Returns `None` if there is
    /// no such call.
    pub fn refusals(&self, messages: &[JsonRpcMessage<'_>]) -> Option<Vec<Vec<u8>>> {
        if self.is_empty() {
            return None;
        }
        let hidden = |message: &JsonRpcMessage<'_>| {
            let call = message.method.as_deref()?.eq_ignore_ascii_case("tools/call");
            let name = call.then(|| message.name())?;
            // If the name cannot be read, the server may read the name of a hidden tool.
            name.as_deref().is_none_or(|name| self.hides(name)).then(|| name.unwrap_or_default())
        };
        if !messages.iter().any(|message| hidden(message).is_some()) {
            return None;
        }
        let refusal = |message: &JsonRpcMessage<'_>| {
            let id = message.request()?;
            Some(match hidden(message) {
                Some(name) => message::no_tool(id, &name),
                None => message::failure(id, BESIDE_HIDDEN),
            })
        };
        Some(messages.iter().filter_map(refusal).collect())
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
            named.map_or(true, |tool| self.hides(&tool.name))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn denying(pattern: &str) -> ToolFilter {
        ToolFilter::new(&[], &[pattern.to_owned()])
    }

    #[test]
    fn only_allowed_tools_are_visible_and_of_these_only_those_that_are_not_denied() {
        let filter = ToolFilter::new(&["Read".to_owned(), "w*".to_owned()], &["WRITE".to_owned()]);
        let visible = |name: &&str| !filter.hides(name);
        let names = ["Read", "read", "Reads", "wait", "write", "Write", ""];
        assert_eq!(names.iter().copied().filter(visible).collect::<Vec<_>>(), ["Read", "wait"]);
        assert!(ToolFilter::default().is_empty() && !ToolFilter::default().hides("x"));
    }

    #[test]
    fn a_call_whose_tool_cannot_be_read_is_refused() {
        let refused = |text: &str| {
            let messages = message::parse(text.as_bytes()).ok()?;
            denying("delete").refusals(&messages)
        };
        for params in [
            r#"{"name":"delete"}"#,
            r#"{"name":"\u0064elete"}"#,
            r#"{"name":"Delete"}"#,
            r#"{"name":"read","name":"delete"}"#,
            r#"{"name":"read","Name":"delete"}"#,
            r#"{"name":"read","\u004eame":"delete"}"#,
            r#"{"name":"a\ud83d"}"#,
            r#"{"name":["delete"]}"#,
            r#"["delete"]"#,
            "{}",
            "null",
        ] {
            for method in ["tools/call", "tools\\/call", "TOOLS/CALL"] {
                let text = format!(r#"{{"id":1,"method":"{method}","params":{params}}}"#);
                assert_eq!(refused(&text).map(|it| it.len()), Some(1), "{text}");
            }
        }
        let allowed = r#"{"name":"read","arguments":{"Name":"delete","name":"delete"}}"#;
        let text = format!(r#"{{"id":1,"method":"tools/call","params":{allowed}}}"#);
        assert_eq!(refused(&text), None);
        assert_eq!(refused(r#"{"method":"tools/call","params":{"name":"delete"}}"#), Some(vec![]));
    }

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
            assert_eq!(denying(pattern).hides(name), covered, "{pattern} {name}");
        }
    }

    #[test]
    fn hidden_tools_are_removed_from_a_list() {
        let filter = denying("b*");
        let list = br#"{"id":1,"result":{"x":1,"tools":[{"name":"a"},{"name":"bb"}],"y":2}}"#;
        let want = br#"{"id":1,"result":{"x":1,"tools":[{"name":"a"}],"y":2}}"#;
        assert_eq!(filter.filter(list).unwrap().as_deref(), Some(&want[..]));
        assert_eq!(filter.filter(want).unwrap(), None);
        let odd = br#"{"result":{ "tools" : [ {"name":"b"} , {"name":"a","d":"\ud83d","n":1e999}]}, "id":1}"#;
        let want = br#"{"result":{ "tools" : [{"name":"a","d":"\ud83d","n":1e999}]}, "id":1}"#;
        assert_eq!(filter.filter(odd).unwrap().as_deref(), Some(&want[..]));
        for name in [r#""a","name":"b""#, r#""b\ud83d""#] {
            let odd = format!(r#"{{"result":{{"tools":[{{"name":{name}}}]}}}}"#);
            let want = br#"{"result":{"tools":[]}}"#;
            assert_eq!(filter.filter(odd.as_bytes()).unwrap().as_deref(), Some(&want[..]));
        }
        let batch = br#"[{"id":2,"result":{}},{"id":1,"result":{"tools":[{"name":"b"}]}}]"#;
        let want = br#"[{"id":2,"result":{}},{"id":1,"result":{"tools":[]}}]"#;
        assert_eq!(filter.filter(batch).unwrap().as_deref(), Some(&want[..]));
        let error = br#"{"id":1,"error":{"code":1,"message":"no"}}"#;
        assert_eq!(filter.filter(error).unwrap(), None);
    }
}
