//! Faults in text that a person wrote, as plain data, and how they are drawn.
//!
//! A [`Diagnostic`] points into a [`Source`]. Faults are collected, so that one run shows all of them.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::secret::literal;

/// Holds a text that diagnostics quote. It is shown with everything in it that looks like a secret
/// blanked out: a diagnostic shows whole lines, and the neighbour of a fault may hold a token.
pub struct Source {
    name: String,
    text: String,
    find: fn(&str) -> Vec<Range<usize>>,
    shown: OnceLock<String>,
}

impl Source {
    /// Takes a text under the name people know it by.
    pub fn new(name: impl Into<String>, text: &str) -> Arc<Self> {
        Self::hiding(name, text, |_| vec![])
    }

    /// Takes a text in which `find` finds spans that hold secrets of no known shape.
    pub fn hiding(
        name: impl Into<String>,
        text: &str,
        find: fn(&str) -> Vec<Range<usize>>,
    ) -> Arc<Self> {
        Arc::new(Self { name: name.into(), text: text.to_owned(), find, shown: OnceLock::new() })
    }

    /// Returns the name people know it by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the text as it may be shown, a byte for each of its own.
    pub fn shown(&self) -> &str {
        // Looking for secrets takes longer than reading the text, and most texts are without fault.
        self.shown.get_or_init(|| {
            let mut bytes = literal::mask(&self.text).into_bytes();
            for span in (self.find)(&self.text) {
                let quotes = |byte: &u8| matches!(byte, b'"' | b'\'' | b'\r' | b'\n');
                let inner = bytes[span].iter_mut().filter(|byte| !quotes(byte));
                inner.for_each(|byte| *byte = b'*');
            }
            let shown = String::from_utf8(bytes).expect("a span ends where characters do");
            // What annotate-snippets lets through.
            shown.replace(|c: char| c > '\u{7f}' && c.is_control(), "·")
        })
    }
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Says where a diagnostic points.
#[derive(Debug, Clone)]
pub enum DiagnosticLocation {
    /// A span of a text that may be shown, and why just there.
    Text {
        /// The text.
        source: Arc<Source>,
        /// The bytes in question.
        span: Range<usize>,
        /// What is wrong just there.
        label: String,
    },
    /// A file whose text is never shown, since it may hold anything: a client's own file.
    File {
        /// The file as people write it.
        path: String,
        /// Line and column, counted from one.
        at: Option<(usize, usize)>,
    },
}

/// Describes one fault: what is, why there, and what to type.
#[derive(Debug, Clone)]
pub struct Diagnostic {
    warning: bool,
    title: String,
    place: Option<DiagnosticLocation>,
    notes: Vec<String>,
    help: Vec<String>,
}

/// An error that keeps its explanation and its fix apart from its message.
pub trait Help: std::error::Error {
    /// Explains the error further.
    fn note(&self) -> Option<String> {
        None
    }

    /// Says what to type or do about the error.
    fn help(&self) -> Option<String>;
}

/// Writes an error and its help on one line, for logs and for messages to clients.
pub fn one_line(error: &dyn Help) -> String {
    match error.help() {
        Some(help) => format!("{error}; {help}"),
        None => error.to_string(),
    }
}

impl Diagnostic {
    /// Makes a diagnostic of an error, with its note and its help.
    pub fn of_error(error: &dyn Help) -> Self {
        Self {
            notes: error.note().into_iter().collect(),
            help: error.help().into_iter().collect(),
            ..Self::error(error.to_string())
        }
    }

    /// Makes a warning of an error, with its note and its help.
    pub fn of_warning(error: &dyn Help) -> Self {
        Self { warning: true, ..Self::of_error(error) }
    }

    /// Starts an error. The title is a lowercase phrase, its subject first, without a final period.
    pub fn error(title: impl Into<String>) -> Self {
        Self { warning: false, title: title.into(), place: None, notes: vec![], help: vec![] }
    }

    /// Starts a warning.
    pub fn warning(title: impl Into<String>) -> Self {
        Self { warning: true, ..Self::error(title) }
    }

    /// Points at a span of a text.
    #[must_use]
    pub fn at(self, source: &Arc<Source>, span: Range<usize>, label: impl Into<String>) -> Self {
        let place =
            DiagnosticLocation::Text { source: Arc::clone(source), span, label: label.into() };
        Self { place: Some(place), ..self }
    }

    /// Points at a file without quoting it.
    #[must_use]
    pub fn in_file(self, path: impl Into<String>, at: Option<(usize, usize)>) -> Self {
        Self { place: Some(DiagnosticLocation::File { path: path.into(), at }), ..self }
    }

    /// Adds an explanation.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds something to type.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// Adds an explanation in place.
    pub fn add_note(&mut self, note: impl Into<String>) -> &mut Self {
        self.notes.push(note.into());
        self
    }

    /// Adds something to type in place.
    pub fn add_help(&mut self, help: impl Into<String>) {
        self.help.push(help.into());
    }

    /// Returns whether this stops the command.
    pub fn is_error(&self) -> bool {
        !self.warning
    }

    /// Returns the title.
    pub fn title(&self) -> String {
        clean(&self.title)
    }

    /// Returns where in a text it points, which is the order diagnostics are read in.
    pub fn offset(&self) -> Option<usize> {
        match &self.place {
            Some(DiagnosticLocation::Text { span, .. }) => Some(span.start),
            Some(DiagnosticLocation::File { .. }) | None => None,
        }
    }

    /// Draws the diagnostic for a person.
    pub fn draw(&self, colour: bool) -> String {
        let level = if self.warning { Level::WARNING } else { Level::ERROR };
        let title = level.primary_title(clean(&self.title));
        let mut main = match &self.place {
            Some(DiagnosticLocation::Text { source, span, label }) => {
                title.element(snippet(source, span, label))
            }
            Some(DiagnosticLocation::File { path, at }) => title.element(origin(path, *at)),
            None => Group::with_title(title),
        };
        for note in &self.notes {
            main = main.element(Level::NOTE.message(wrap(&clean(note))));
        }
        // Below a quoted text a help stands by itself; elsewhere it hangs on the title.
        let help = self.help.iter().map(|help| clean(help));
        let mut groups = vec![];
        if matches!(self.place, Some(DiagnosticLocation::Text { .. })) {
            groups.extend(help.map(|help| Group::with_title(Level::HELP.secondary_title(help))));
        } else {
            main = main.elements(help.map(|help| Level::HELP.message(help)));
        }
        groups.insert(0, main);
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        renderer.term_width(WIDTH).render(&groups)
    }
}

// Columns of a terminal, and of what stands before a note.
const WIDTH: usize = 80;
const MARGIN: usize = 13;

fn snippet<'a>(
    source: &'a Source,
    span: &Range<usize>,
    label: &str,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    Snippet::source(source.shown())
        .path(clean(&source.name))
        .annotation(AnnotationKind::Primary.span(span.clone()).label(clean(label)))
}

fn origin(path: &str, at: Option<(usize, usize)>) -> Origin<'_> {
    let origin = Origin::path(clean(path));
    match at {
        Some((line, column)) => origin.line(line).char_column(column),
        None => origin,
    }
}

/// Makes a text fit for a line of a terminal: what would steer it is shown as a sign.
pub fn printable(text: &str) -> String {
    let sign = |c: char| match c {
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('·'),
        '\u{7f}' => '␡',
        '\u{80}'..='\u{9f}' | '\u{2028}' | '\u{2029}' => '·',
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        other => other,
    };
    text.chars().map(sign).collect()
}

/// Makes a text fit to be said: beside what [`printable`] does, what looks like a secret is blanked out.
pub fn clean(text: &str) -> String {
    printable(&literal::mask(text))
}

fn wrap(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("never empty");
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= WIDTH - MARGIN {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines.join("\n")
}

/// Counts line and column (both from one, columns in characters) of a byte offset.
pub fn line_column(text: &str, offset: usize) -> (usize, usize) {
    let before = &text.as_bytes()[..offset.min(text.len())];
    let line_start = before.iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
    let line = before.iter().filter(|&&b| b == b'\n').count() + 1;
    let column = String::from_utf8_lossy(&before[line_start..]).chars().count() + 1;
    (line, column)
}

/// Finds the name nearest to what was typed, close enough to be what was meant.
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_lowercase();
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&typed, &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance <= 1 + name.len().min(typed.len()) / 4)
        .min_by_key(|(distance, name)| (*distance, *name))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_miss_finds_its_name_and_a_stranger_does_not() {
        let known = ["cursor", "codex", "claude-code"];
        assert_eq!(nearest("cursr", known), Some("cursor"));
        assert_eq!(nearest("Claude-Coed", known), Some("claude-code"));
        assert_eq!(nearest("emacs", known), None);
    }

    #[test]
    fn a_token_in_a_neighbouring_line_is_not_shown() {
        let text = "a = 1\nt = \"ghp_0123456789abcdefghij0123456789abcdef\"\n";
        let source = Source::new("mcp.toml", text);
        let drawn = Diagnostic::error("x").at(&source, 0..text.len() - 1, "here").draw(false);
        assert!(!drawn.contains("0123456789"), "{drawn}");
        assert!(drawn.contains("****"), "{drawn}");
        let hidden =
            Source::hiding("mcp.toml", "a = 'Grüße 1'", |_| std::iter::once(4..15).collect());
        assert_eq!(hidden.shown(), "a = '*********'");
    }

    #[test]
    fn nothing_that_steers_a_terminal_is_drawn() {
        let evil = "\u{1b}[2J\u{9b}2J\u{7f}\u{202e}\r\n\u{7}";
        let source = Source::new(evil, &format!("a = '{evil}'\n"));
        let fault = Diagnostic::error(evil).at(&source, 4..6, evil).note(evil).help(evil);
        for drawn in [fault.draw(false), fault.in_file(evil, None).draw(false)] {
            let steers = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
            assert!(!drawn.contains(steers), "{drawn:?}");
        }
    }

    #[test]
    fn columns_are_counted_in_characters() {
        assert_eq!(line_column("a\näb", 4), (2, 2));
        assert_eq!(line_column("", 9), (1, 1));
    }
}
