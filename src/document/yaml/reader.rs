//! YAML values and their positions, built from the events of the parser.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use serde_json::Value;

use super::super::DocumentError;
use super::super::depth::MAX_DEPTH;
use super::super::node::{MapItem, Node, NodeShape, Style};
use super::super::splice::line_end;
use super::scalar::{past_colon, plain_value, quote_end};

/// Parses a string with positions. An empty string, or a string with only comments, has no root.
///
/// # Errors
/// Fails on a syntax error, on a second document, on a key that is not a scalar, and if values are nested too deeply.
pub fn parse(text: &str) -> Result<Option<Node>, DocumentError> {
    let mut reader = YamlReader::new(text);
    let mut root = None;
    while let Some((event, start, end)) = reader.next()? {
        match event {
            Event::DocumentStart(_) if root.is_some() => {
                return Err(DocumentError::syntax(text, start, "a second document in one file"));
            }
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => {}
            Event::Alias(_)
            | Event::Scalar(..)
            | Event::SequenceStart(..)
            | Event::SequenceEnd
            | Event::MappingStart(..)
            | Event::MappingEnd => root = Some(reader.node(event, start, end)?),
        }
    }
    // A document without a value (`---` with nothing after it) counts as an empty file.
    Ok(root.filter(|node| !(node.is_null() && node.span.is_empty())))
}

struct YamlReader<'a> {
    text: &'a str,
    parser: Parser<'a, saphyr_parser::StrInput<'a>>,
    offsets: Option<Vec<usize>>,
    anchors: HashMap<usize, Value>,
    expanded: usize,
    depth: usize,
}

// The maximum number of values that all aliases together expand to. A few aliases can expand to more than the memory
// holds.
const MOST: usize = 1_000_000;

// White space and line breaks (YAML 1.2.2, sections 5.4 and 5.5). A no-break space is part of a value.
const BLANK: [char; 4] = [' ', '\t', '\r', '\n'];

type YamlEvent<'a> = (Event<'a>, usize, usize);

impl<'a> YamlReader<'a> {
    fn new(text: &'a str) -> Self {
        // The parser counts characters, which are bytes in an ASCII string.
        let offsets = (!text.is_ascii())
            .then(|| text.char_indices().map(|(at, _)| at).chain([text.len()]).collect());
        Self {
            text,
            parser: Parser::new_from_str(without_blank_end(text)),
            offsets,
            anchors: HashMap::new(),
            expanded: 0,
            depth: 0,
        }
    }

    fn offset(&self, index: usize) -> usize {
        match &self.offsets {
            Some(offsets) => offsets.get(index).copied().unwrap_or(self.text.len()),
            None => index.min(self.text.len()),
        }
    }

    fn next(&mut self) -> Result<Option<YamlEvent<'a>>, DocumentError> {
        match self.parser.next_event() {
            None => Ok(None),
            Some(Ok((event, span))) => {
                Ok(Some((event, self.offset(span.start.index()), self.offset(span.end.index()))))
            }
            Some(Err(error)) => {
                let at = self.offset(error.marker().index());
                // The parser has a separate limit for brackets.
                if error.info().contains("recursion limit") {
                    return Err(DocumentError::too_deep(self.text, at, MAX_DEPTH));
                }
                Err(DocumentError::syntax(self.text, at, error.info()))
            }
        }
    }

    fn expect(&mut self) -> Result<YamlEvent<'a>, DocumentError> {
        let end = self.text.len();
        self.next()?.ok_or_else(|| DocumentError::syntax(self.text, end, "the file ends too early"))
    }

    fn node(&mut self, event: Event<'a>, start: usize, end: usize) -> Result<Node, DocumentError> {
        let (node, anchor) = match event {
            Event::Scalar(value, style, anchor, tag) => {
                (self.scalar(&value, style, tag.as_deref(), start, end), anchor)
            }
            Event::MappingStart(anchor, _) => (self.below(start, end, Self::map)?, anchor),
            Event::SequenceStart(anchor, _) => (self.below(start, end, Self::list)?, anchor),
            Event::Alias(anchor) => {
                let value = self.anchors.get(&anchor).unwrap_or(&Value::Null);
                self.expanded += size(value);
                if self.expanded > MOST {
                    return Err(DocumentError::syntax(
                        self.text,
                        start,
                        "aliases that expand to too many values",
                    ));
                }
                if self.depth + depth(value) > MAX_DEPTH {
                    return Err(DocumentError::too_deep(self.text, start, MAX_DEPTH));
                }
                let value = value.clone();
                (Node { style: Style::Block, span: start..end, shape: NodeShape::Scalar(value) }, 0)
            }
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd
            | Event::SequenceEnd
            | Event::MappingEnd => {
                return Err(DocumentError::syntax(self.text, start, "a value is missing"));
            }
        };
        if anchor > 0 {
            self.anchors.insert(anchor, node.to_value());
        }
        Ok(node)
    }

    fn below(
        &mut self,
        start: usize,
        end: usize,
        read: fn(&mut Self, usize, usize) -> Result<Node, DocumentError>,
    ) -> Result<Node, DocumentError> {
        if self.depth == MAX_DEPTH {
            return Err(DocumentError::too_deep(self.text, start, MAX_DEPTH));
        }
        self.depth += 1;
        let node = read(self, start, end);
        self.depth -= 1;
        node
    }

    fn map(&mut self, start: usize, end: usize) -> Result<Node, DocumentError> {
        let mut items = vec![];
        loop {
            let (event, at, to) = self.expect()?;
            if event == Event::MappingEnd {
                let parts: Vec<usize> =
                    items.iter().map(|item: &MapItem| item.node.span.end).collect();
                return Ok(self.collection(
                    start,
                    end,
                    parts.last().copied(),
                    NodeShape::Map(items),
                ));
            }
            let key = self.node(event, at, to)?;
            let NodeShape::Scalar(name) = &key.shape else {
                return Err(DocumentError::syntax(self.text, at, "a key that is not a string"));
            };
            let name = name.as_str().map_or_else(|| name.to_string(), str::to_owned);
            let (event, at, to) = self.expect()?;
            let mut node = self.node(event, at, to)?;
            if node.is_null() && node.span.is_empty() {
                // A missing value is directly after the colon, or after the key if there is none, as in `{key}`. In
                // brackets it is after the space, because libyaml does not read `{key:, …}`.
                let at = past_colon(self.text, key.span.end).unwrap_or(key.span.end);
                let rest = past_comments(&self.text[at..]);
                let at =
                    if rest.starts_with([',', '}']) { self.text.len() - rest.len() } else { at };
                node.span = at..at;
            }
            items.push(MapItem { key: name, key_span: key.span, node });
        }
    }

    fn list(&mut self, start: usize, end: usize) -> Result<Node, DocumentError> {
        let mut elements: Vec<Node> = vec![];
        loop {
            let (event, at, to) = self.expect()?;
            if event == Event::SequenceEnd {
                let last = elements.last().map(|e| e.span.end);
                return Ok(self.collection(start, end, last, NodeShape::List(elements)));
            }
            elements.push(self.node(event, at, to)?);
        }
    }

    // The parser's end positions are wrong after trailing commas and comments, so they are computed here.
    fn collection(&self, start: usize, end: usize, last: Option<usize>, shape: NodeShape) -> Node {
        let start = self.past_properties(start);
        if end > start && self.text[start..].starts_with(['{', '[']) {
            let close = if self.text[start..].starts_with('{') { b'}' } else { b']' };
            let mut at = last.unwrap_or(start + 1);
            while at < self.text.len() && self.text.as_bytes()[at] != close {
                let comment = self.text.as_bytes()[at] == b'#';
                at = if comment { line_end(self.text, at) } else { at + 1 };
            }
            return Node { style: Style::Flow, span: start..(at + 1).min(self.text.len()), shape };
        }
        let first = match &shape {
            NodeShape::Map(items) => items.first().map(|item| item.key_span.start),
            NodeShape::List(_) | NodeShape::Scalar(_) => self.dash(start),
        };
        Node { style: Style::Block, span: first.unwrap_or(start)..last.unwrap_or(start), shape }
    }

    // The parser starts a collection at its anchor or tag.
    fn past_properties(&self, start: usize) -> usize {
        let mut rest = &self.text[start..];
        while rest.starts_with(['&', '!']) {
            rest = past_comments(rest.trim_start_matches(|c: char| !c.is_whitespace()));
        }
        self.text.len() - rest.len()
    }

    // For a list at the indent of its key, the parser's position is after the first dash.
    fn dash(&self, start: usize) -> Option<usize> {
        let at_dash = self.text[start..].starts_with(['-'])
            && !self.text[start + 1..].starts_with(|c: char| !c.is_whitespace());
        if at_dash { None } else { self.text[..start].rfind('-') }
    }

    fn scalar(
        &self,
        value: &str,
        style: ScalarStyle,
        tag: Option<&Tag>,
        start: usize,
        end: usize,
    ) -> Node {
        let (end, value) = match style {
            // The parser's end of a missing value is after a comma or bracket.
            ScalarStyle::Plain if value.is_empty() => (start, plain_value(value, tag)),
            ScalarStyle::Plain => (
                start + self.text[start..end].trim_end_matches(BLANK).len(),
                plain_value(value, tag),
            ),
            ScalarStyle::SingleQuoted => (quote_end(self.text, start, b'\''), Value::from(value)),
            ScalarStyle::DoubleQuoted => (quote_end(self.text, start, b'"'), Value::from(value)),
            ScalarStyle::Literal | ScalarStyle::Folded => {
                (start + self.text[start..end].trim_end_matches(BLANK).len(), Value::from(value))
            }
        };
        Node { style: Style::Flow, span: start..end, shape: NodeShape::Scalar(value) }
    }
}

// Removes spaces after the last line break. saphyr-parser 0.3.4 adds them to a block scalar at the end of the file.
fn without_blank_end(text: &str) -> &str {
    let kept = text.trim_end_matches(' ');
    if kept.ends_with('\n') { kept } else { text }
}

// Returns what follows white space and comments.
fn past_comments(text: &str) -> &str {
    let mut rest = text.trim_start_matches(BLANK);
    while rest.starts_with('#') {
        rest = rest[line_end(rest, 0)..].trim_start_matches(BLANK);
    }
    rest
}

fn size(value: &Value) -> usize {
    match value {
        Value::Array(list) => 1 + list.iter().map(size).sum::<usize>(),
        Value::Object(map) => 1 + map.values().map(size).sum::<usize>(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 1,
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(list) => 1 + list.iter().map(depth).max().unwrap_or(0),
        Value::Object(map) => 1 + map.values().map(depth).max().unwrap_or(0),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

#[cfg(test)]
mod tests;
