//! Recognizes `mcpgen headers` in an entry: the command that prints the headers for a server.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{header_fields, launch_fields};
use crate::client::{FieldRole, FieldSpellings};
use crate::launch::Command;
use crate::model::bridge_program::program_name;

/// The server whose headers a command prints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrintedHeaders {
    /// The server's name.
    pub server: String,
    /// The declaration, if it is not the default one.
    pub declaration: Option<String>,
}

/// Finds the command that prints the headers of an entry, if it is mcpgen.
pub fn printed_headers(
    fields: &Map<String, Value>,
    spellings: &FieldSpellings,
) -> Option<PrintedHeaders> {
    texts(fields, spellings).find_map(|text| as_headers(&words(text)?))
}

/// Returns the program that prints the headers of an entry, which may be mcpgen.
pub fn headers_program(entry: &Value, spellings: &FieldSpellings) -> Option<Command> {
    let fields = launch_fields(entry.as_object()?, spellings);
    let mut found = texts(fields, spellings).filter_map(words);
    let words = found.find(|words| as_headers(words).is_some())?;
    let mut words = words.into_iter();
    Some(Command { program: words.next()?, args: words.collect(), ..Command::default() })
}

// A field with a command, or the values of headers that contain one.
fn texts<'e>(
    fields: &'e Map<String, Value>,
    spellings: &FieldSpellings,
) -> impl Iterator<Item = &'e str> {
    let field = |(_, value): (&str, &'e Value)| value.as_str();
    let of_fields: Vec<&str> =
        spellings.all(FieldRole::TokenSource, fields).filter_map(field).collect();
    let headers = header_fields(fields, spellings).into_iter().flat_map(Map::values);
    let of_headers =
        headers.filter_map(|value| value.as_str()?.strip_prefix("$(")?.strip_suffix(')'));
    of_fields.into_iter().chain(of_headers)
}

// The words of a command, without the variables that it sets.
fn words(text: &str) -> Option<Vec<String>> {
    let is_variable = |word: &String| {
        let name = word.split_once('=').map(|(name, _)| name);
        name.is_some_and(|name| name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric()))
    };
    let words = shell_words::split(text).ok()?;
    Some(words.into_iter().skip_while(is_variable).collect())
}

fn as_headers(words: &[String]) -> Option<PrintedHeaders> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let [program, "headers", server, options @ ..] = words.as_slice() else { return None };
    if program_name(program) != "mcpgen" {
        return None;
    }
    let pairs = options.chunks(2).map(|pair| match pair {
        [name, value] => Some((*name, *value)),
        _ => None,
    });
    let pairs: BTreeMap<&str, &str> = pairs.collect::<Option<_>>()?;
    let known = pairs.keys().all(|name| ["-f", "--file", "--header"].contains(name));
    let declaration = pairs.get("-f").or_else(|| pairs.get("--file"));
    known.then(|| PrintedHeaders {
        server: (*server).to_owned(),
        declaration: declaration.map(|path| (*path).to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(entry: &Value) -> Option<PrintedHeaders> {
        printed_headers(entry.as_object().unwrap(), FieldSpellings::common())
    }

    #[test]
    fn the_command_is_recognized_in_every_form_and_other_commands_are_not() {
        let headers = |declaration: Option<&str>| {
            let declaration = declaration.map(str::to_owned);
            Some(PrintedHeaders { server: "x".into(), declaration })
        };
        for (entry, want) in [
            (json!({ "headersHelper": "mcpgen headers x" }), headers(None)),
            (
                json!({ "http_headers_helper": "A=b XDG_STATE_HOME='/s t' /bin/mcpgen headers x -f '/m n.toml'" }),
                headers(Some("/m n.toml")),
            ),
            (
                json!({ "headersHelper": "\"C:\\Program Files\\mcpgen.exe\" headers x -f C:/m.toml" }),
                headers(Some("C:/m.toml")),
            ),
            (
                json!({ "headers": { "A": "b", "B": "$(mcpgen headers x --header B)" } }),
                headers(None),
            ),
            (json!({ "headersHelper": "mcpgen token x" }), None),
            (json!({ "headersHelper": "other headers x" }), None),
            (json!({ "headersHelper": "mcpgen headers x; rm y" }), None),
            (json!({ "headersHelper": "mcpgen headers x | jq" }), None),
            (json!({ "headersHelper": "mcpgen headers 'x" }), None),
            (json!({ "headersHelper": ["mcpgen", "headers", "x"] }), None),
            (json!({ "headers": { "B": "mcpgen headers x" } }), None),
        ] {
            assert_eq!(read(&entry), want, "{entry}");
        }
        let entry = json!({ "headersHelper": "A=b /bin/mcpgen headers x" });
        let program = headers_program(&entry, FieldSpellings::common()).unwrap();
        assert_eq!((program.program.as_str(), program.args.len()), ("/bin/mcpgen", 2));
    }
}
