//! Makes an entry of the flags of `add`.

use serde_json::{Map, Value, json};

use crate::cli::{Add, TransportFlag};
use crate::commands::Failure;
use crate::diagnostic::Diagnostic;

/// Returns the entry as clients write it.
pub fn from_flags(flags: &Add) -> Result<Value, Failure> {
    let words: Vec<&String> = flags.target.iter().chain(&flags.command).collect();
    let url = flags.target.first().filter(|word| word.contains("://") && words.len() == 1);
    let mut entry = match (url, words.as_slice()) {
        (Some(url), _) => json!({ "url": url }),
        (None, [program, args @ ..]) => json!({ "command": program, "args": args }),
        (None, []) => return Err(usage("there is no URL and no command", "name one of them")),
    };
    let is_url = url.is_some();
    match flags.transport {
        Some(TransportFlag::Stdio) if is_url => {
            return Err(usage("a URL has no transport `stdio`", "omit `--transport`"));
        }
        Some(TransportFlag::Http | TransportFlag::Sse) if !is_url => {
            return Err(usage(
                "this transport needs a URL, which starts with `https://` or `http://`",
                "for a program, omit `--transport`",
            ));
        }
        Some(TransportFlag::Http) => entry["type"] = json!("http"),
        Some(TransportFlag::Sse) => entry["type"] = json!("sse"),
        Some(TransportFlag::Stdio) | None => {}
    }
    if is_url && !flags.env.is_empty() {
        return Err(usage("a URL has no environment", "for a header, use `--header`"));
    }
    if !is_url && !flags.header.is_empty() {
        return Err(usage("a program has no headers", "for its environment, use `--env`"));
    }
    let pairs = if is_url { &flags.header } else { &flags.env };
    let (separator, expected) = if is_url {
        (':', "`--header` expects `NAME: VALUE`")
    } else {
        ('=', "`--env` expects NAME=VALUE")
    };
    let mut map = Map::new();
    for pair in pairs {
        let (name, value) = pair
            .split_once(separator)
            .ok_or_else(|| usage(expected, "put the name in front of the value"))?;
        map.insert(name.trim().to_owned(), json!(value.trim()));
    }
    if !map.is_empty() {
        entry[if is_url { "headers" } else { "env" }] = Value::Object(map);
    }
    Ok(entry)
}

fn usage(error: &str, help: &str) -> Failure {
    Failure::usage(Diagnostic::error(error).help(help))
}
