//! The parts of a JSON-RPC message that the bridge parses. The bytes of a message are forwarded unchanged.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::{Deserializer as _, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Value, json};

mod member;
mod read;

use read::NameParam;

/// The maximum length of a message in bytes.
pub const LIMIT: usize = 64 << 20;
/// The prefix of the ids of the bridge's own requests.
pub const OWN: &str = "mcpgen-";
/// The error code for a request that cannot be sent, the same as mcp-remote's.
pub const CODE: i32 = -32001;

/// A request, notification or response.
#[derive(Debug)]
pub struct JsonRpcMessage<'a> {
    /// The id as written.
    pub id: Option<&'a RawValue>,
    /// The method; a response has none.
    pub method: Option<Cow<'a, str>>,
    params: Option<&'a RawValue>,
    result: bool,
    error: bool,
}

// The maximum number of messages in a batch.
const BATCH: usize = 1000;

struct Batch;

impl<'de> Visitor<'de> for Batch {
    type Value = Vec<JsonRpcMessage<'de>>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a batch of messages")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut batch = vec![];
        while let Some(message) = list.next_element()? {
            if batch.len() == BATCH {
                return Err(serde::de::Error::custom("too many"));
            }
            batch.push(message);
        }
        Ok(batch)
    }
}

/// The reason why bytes are not a message. It does not quote the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAMessage {
    /// It is not UTF-8.
    #[error("the message is not UTF-8")]
    Encoding,
    /// It is not valid JSON, or truncated.
    #[error("the message is not valid JSON")]
    Json,
    /// It is other JSON.
    #[error("the message is JSON, but not JSON-RPC")]
    Other,
}

/// Parses one message, or a batch of them (allowed up to the revision 2025-03-26).
///
/// # Errors
/// Fails if the bytes are not one or more JSON-RPC messages.
pub fn parse(bytes: &[u8]) -> Result<Vec<JsonRpcMessage<'_>>, NotAMessage> {
    // The parts that are not parsed must be UTF-8 too.
    let text = std::str::from_utf8(bytes).map_err(|_| NotAMessage::Encoding)?;
    let read = match text.trim_start().as_bytes().first() {
        Some(b'[') => {
            let mut json = serde_json::Deserializer::from_str(text);
            json.deserialize_seq(Batch).and_then(|batch| json.end().map(|()| batch))
        }
        Some(b'{') => serde_json::from_str(text).map(|message| vec![message]),
        Some(_) | None => serde_json::from_str(text).map(|_: IgnoredAny| vec![]),
    };
    match read {
        Ok(messages) if !messages.is_empty() && messages.iter().all(JsonRpcMessage::is_whole) => {
            Ok(messages)
        }
        Ok(_) => Err(NotAMessage::Other),
        Err(error) if error.is_data() => Err(NotAMessage::Other),
        Err(_) => Err(NotAMessage::Json),
    }
}

/// Parses a whole message. A lone surrogate, which JavaScript writes when it cuts an emoji in two, becomes a
/// replacement character, because no Rust string can contain it. Returns `None` if the JSON is invalid, is nested too
/// deeply, or contains a number out of range.
pub fn value(bytes: &[u8]) -> Option<Value> {
    serde_json::from_slice(bytes).or_else(|_| serde_json::from_slice(&without_halves(bytes))).ok()
}

// Replaces lone surrogates. A pair is two escapes: the first from D800, the second from DC00 (RFC 8259, section 7).
fn without_halves(json: &[u8]) -> Vec<u8> {
    const ESCAPE: usize = r"\uD800".len();
    let unit = |at: usize| {
        let digits = json.get(at..at + ESCAPE)?.strip_prefix(b"\\u")?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let (mut whole, mut at) = (Vec::with_capacity(json.len()), 0);
    while at < json.len() {
        let (length, half) = match (json[at], unit(at)) {
            (b'\\', Some(0xD800..=0xDBFF)) => match unit(at + ESCAPE) {
                Some(0xDC00..=0xDFFF) => (2 * ESCAPE, false),
                Some(_) | None => (ESCAPE, true),
            },
            (b'\\', Some(0xDC00..=0xDFFF)) => (ESCAPE, true),
            (b'\\', _) => (2.min(json.len() - at), false),
            _other => (1, false),
        };
        whole.extend_from_slice(if half { br"\ufffd" } else { &json[at..at + length] });
        at += length;
    }
    whole
}

impl JsonRpcMessage<'_> {
    /// Returns the id of a request, as written.
    pub fn request(&self) -> Option<&str> {
        self.method.as_ref().and(self.id).map(RawValue::get)
    }

    /// Returns the id of the request that a response is for, as written.
    pub fn answers(&self) -> Option<&str> {
        if self.method.is_some() { None } else { self.id.map(RawValue::get) }
    }

    /// Returns whether it has this method.
    pub fn is(&self, method: &str) -> bool {
        self.method.as_deref() == Some(method)
    }

    // Whether it is a request, notification or response.
    fn is_whole(&self) -> bool {
        self.method.is_some() || self.result || self.error
    }

    /// Returns whether it is an error response.
    pub fn is_error(&self) -> bool {
        self.error
    }

    /// Returns the `name` parameter, for example of the tool that is called.
    pub fn name(&self) -> Option<String> {
        serde_json::from_str(self.params?.get()).ok().and_then(|NameParam(name)| name)
    }

    /// Returns the id of the request that is cancelled, as written.
    pub fn cancels(&self) -> Option<&str> {
        #[derive(Deserialize)]
        struct CancelParams<'a> {
            #[serde(borrow, rename = "requestId")]
            request: Option<&'a RawValue>,
        }
        let params: CancelParams<'_> = serde_json::from_str(self.params?.get()).ok()?;
        params.request.map(RawValue::get)
    }
}

/// Makes an error response.
pub fn failure(id: &str, why: &str) -> Vec<u8> {
    let why = Value::from(format!("mcpgen: {why}"));
    format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{{"code":{CODE},"message":{why}}}}}"#).into()
}

/// Makes the error response for a call of a hidden tool, with the wording of mcp-remote.
pub fn no_tool(id: &str, tool: &str) -> Vec<u8> {
    let why = Value::from(format!("Tool \"{tool}\" is not available"));
    format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{{"code":-32603,"message":{why}}}}}"#).into()
}

/// Makes a request of the bridge itself.
pub fn request(id: &str, method: &str) -> Vec<u8> {
    json!({ "jsonrpc": "2.0", "id": id, "method": method }).to_string().into()
}

/// Makes a notification of the bridge itself.
pub fn notification(method: &str) -> Vec<u8> {
    json!({ "jsonrpc": "2.0", "method": method }).to_string().into()
}

/// Replaces line breaks, which JSON allows between values only, with spaces.
pub fn on_one_line(bytes: &mut [u8]) {
    let mut begin = 0;
    while let Some(at) = memchr::memchr2(b'\n', b'\r', &bytes[begin..]) {
        bytes[begin + at] = b' ';
        begin += at + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_and_responses_are_recognized_by_id_and_method() {
        for (text, request, answers) in [
            (r#"{"jsonrpc":"2.0","method":"a","id":"1"}"#, Some("\"1\""), None),
            (r#"{"id":1.0,"result":{"id":2,"method":"b"}}"#, None, Some("1.0")),
            (r#"{"id":null,"method":"a"}"#, None, None),
            (r#"{"method":"a\u0062"}"#, None, None),
            (r#" {"id":3,"error":{}} "#, None, Some("3")),
        ] {
            let found = parse(text.as_bytes()).unwrap();
            assert_eq!((found[0].request(), found[0].answers()), (request, answers), "{text}");
        }
        let batch = parse(br#" [{"id":1,"method":"a"},{"id":2,"method":"b"}]"#).unwrap();
        assert_eq!(
            batch.iter().filter_map(JsonRpcMessage::request).collect::<Vec<_>>(),
            ["1", "2"]
        );
        for odd in [
            &b"hello"[..],
            b"",
            b"{",
            b"1",
            b"\"x\"",
            b"{\"id\":\"\xff\"}",
            b"{}{}",
            b"{}",
            b"{\"id\":1}",
        ] {
            assert!(parse(odd).is_err(), "{odd:?}");
        }
    }

    #[test]
    fn a_lone_surrogate_is_replaced_and_a_pair_is_kept() {
        for (text, want) in [
            (r#""a \ud83d""#, "a \u{fffd}"),
            (r#""\ude00\ud83d\ude00\ud83dx""#, "\u{fffd}\u{1f600}\u{fffd}x"),
            (r#""\\ud83d \n\u0041""#, "\\ud83d \nA"),
        ] {
            assert_eq!(value(text.as_bytes()), Some(json!(want)), "{text}");
        }
        for odd in [&br#""\"#[..], b"", b"\"\\u", b"1e999"] {
            assert_eq!(value(odd), None);
        }
    }

    #[test]
    fn an_error_response_is_json_for_every_message() {
        let made = failure("\"a\"", "it says \"no\"\n");
        let read: Value = serde_json::from_slice(&made).unwrap();
        assert_eq!(read["error"]["message"], "mcpgen: it says \"no\"\n");
        assert_eq!((&read["id"], made.contains(&b'\n')), (&json!("a"), false));
    }
}
