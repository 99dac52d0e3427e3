//! A tree of only the parts of a file that an edit needs. A client's state file may have megabytes outside the section,
//! and a tree of all values takes ten times as much memory as the file.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::depth::is_json_too_deep;
use super::node::{MapItem, Node, NodeShape, Style};
use super::{DocumentError, Format, Section, jsonc, parse};

// A smaller file is parsed whole.
const LARGE: usize = 64 << 10;

/// Parses a string for an edit of a section. In a large file of strict JSON, only the positions of the values outside
/// the section are known.
///
/// # Errors
/// Fails if the text has a syntax error.
pub fn for_edit(
    format: Format,
    text: &str,
    section: &Section,
) -> Result<Option<Node>, DocumentError> {
    match outline_of_large(format, text, section) {
        Some(root) => Ok(Some(root)),
        None => parse(format, text),
    }
}

/// Returns the outline of a file, if it is large and strict JSON.
pub fn outline_of_large(format: Format, text: &str, section: &Section) -> Option<Node> {
    let is_large = format == Format::Jsonc && text.len() >= LARGE;
    is_large.then(|| outline(text, section)).flatten()
}

/// Returns the tree of a JSON object in which a value outside the section is a null with the position of the value.
/// Returns `None` if the text is not strict JSON, or nested too deeply.
pub fn outline(text: &str, section: &Section) -> Option<Node> {
    let heads = section.heads();
    let mut reader = serde_json::Deserializer::from_str(text);
    let values = reader.deserialize_map(Values).ok()?;
    reader.end().ok()?;
    let start = text.find('{')?;
    let mut at = start + 1;
    let mut items = Vec::with_capacity(values.len());
    for (key, value) in values {
        if is_json_too_deep(value) {
            return None;
        }
        // A key starts at the next quote, and only white space and the colon separate it from its value.
        let key_start = at + text[at..].find('"')?;
        let from = value.as_ptr().addr() - text.as_ptr().addr();
        let key_end = text[..from].trim_end().strip_suffix(':')?.trim_end().len();
        at = from + value.len();
        let mut node = match heads.contains(&key.as_ref()) {
            true => jsonc::parse(value).ok()??,
            false => Node { style: Style::Flow, span: 0..value.len(), shape: SKIPPED },
        };
        node.shift(from);
        items.push(MapItem { key: key.into_owned(), key_span: key_start..key_end, node });
    }
    let end = at + text[at..].find('}')? + 1;
    Some(Node { style: Style::Flow, span: start..end, shape: NodeShape::Map(items) })
}

/// Returns whether two files with outlines have the same bytes in all values outside the section.
pub fn is_same_outside(
    section: &Section,
    (before, old): (&str, &Node),
    (after, new): (&str, &Node),
) -> bool {
    values_outside(section, before, old).eq(values_outside(section, after, new))
}

fn values_outside<'t>(
    section: &Section,
    text: &'t str,
    root: &Node,
) -> impl Iterator<Item = &'t str> {
    let heads = section.heads();
    let outside = root.items().iter().filter(move |item| !heads.contains(&item.key.as_str()));
    outside.map(|item| &text[item.node.span.clone()])
}

const SKIPPED: NodeShape = NodeShape::Scalar(Value::Null);

/// Reads the keys of an object with the text of their values.
struct Values;

impl<'de> Visitor<'de> for Values {
    type Value = Vec<(Cow<'de, str>, &'de str)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut values = vec![];
        while let Some(key) = access.next_key()? {
            values.push((key, access.next_value::<&RawValue>()?.get()));
        }
        Ok(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section() -> Section {
        Section { paths: vec![vec!["mcpServers".to_owned()]], list_key: None }
    }

    fn large(before: &str, after: &str) -> String {
        let history = "\"x\\\"}{\": [1, {\"y\": \"\\ud83d\"}],\n".repeat(4000);
        format!(
            "{{ {before}\"\\u0061\" : 1,\n{history}\"mcpServers\" :\t{{\"m\": {{\"url\": \"u\"}}}}{after} }}\n"
        )
    }

    #[test]
    fn an_outline_has_the_positions_of_the_whole_tree() {
        for text in
            [large("", ""), large("\"b\":{},", ", \"mcpServers\": {}"), large("", ",\"z\":[]")]
        {
            let whole = parse(Format::Jsonc, &text).unwrap().unwrap();
            let outline = outline_of_large(Format::Jsonc, &text, &section()).unwrap();
            assert_eq!((&outline.span, outline.style), (&whole.span, whole.style));
            assert_eq!(outline.items().len(), whole.items().len());
            for (one, other) in outline.items().iter().zip(whole.items()) {
                assert_eq!((&one.key, &one.key_span), (&other.key, &other.key_span));
                assert_eq!(one.node.span, other.node.span);
                if one.key == "mcpServers" {
                    assert_eq!(format!("{:?}", one.node), format!("{:?}", other.node));
                }
            }
        }
    }

    #[test]
    fn a_small_file_and_one_with_comments_have_no_outline() {
        let text = large("", "");
        let outlined = |format, text: &str| outline_of_large(format, text, &section()).is_some();
        assert!(outlined(Format::Jsonc, &text) && !outlined(Format::Jsonc, "{}"));
        assert!(!outlined(Format::Jsonc, &(text.clone() + "// c")));
        assert!(!outlined(Format::Jsonc, &format!("[{text}]")));
        assert!(!outlined(Format::Yaml, &text));
    }

    #[test]
    fn a_different_byte_outside_the_section_is_noticed() {
        let parsed = |text: &str| outline(text, &section()).unwrap();
        let text = large("", "");
        let same = |other: &str| {
            is_same_outside(&section(), (&text, &parsed(&text)), (other, &parsed(other)))
        };
        assert!(same(&text) && same(&text.replacen("\"u\"", "\"v\"", 1)));
        assert!(!same(&text.replacen("{\"y\"", "{\"z\"", 1)));
        assert!(!same(&large("\"b\": 1,", "")));
    }
}
