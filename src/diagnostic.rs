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
    shown: OnceLock<String>,
}

impl Source {
    /// Takes a text under the name people know it by.
    pub fn new(name: impl Into<String>, text: &str) -> Arc<Self> {
        Arc::new(Self { name: name.into(), text: text.to_owned(), shown: OnceLock::new() })
    }

    // Looking for secrets takes longer than reading the text, and most texts are without fault.
    fn shown(&self) -> &str {
        self.shown.get_or_init(|| literal::mask(&self.text))
    }
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Says where a diagnostic points.
#[derive(Debug, Clone)]
pub enum Place {
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
    place: Option<Place>,
    notes: Vec<String>,
    help: Vec<String>,
}

impl Diagnostic {
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
        let place = Place::Text { source: Arc::clone(source), span, label: label.into() };
        Self { place: Some(place), ..self }
    }

    /// Points at a file without quoting it.
    #[must_use]
    pub fn in_file(self, path: impl Into<String>, at: Option<(usize, usize)>) -> Self {
        Self { place: Some(Place::File { path: path.into(), at }), ..self }
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
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Draws the diagnostic for a person.
    pub fn draw(&self, colour: bool) -> String {
        let level = if self.warning { Level::WARNING } else { Level::ERROR };
        let mut main = match &self.place {
            Some(Place::Text { source, span, label }) => {
                level.primary_title(&self.title).element(snippet(source, span, label))
            }
            Some(Place::File { path, at }) => {
                level.primary_title(&self.title).element(origin(path, *at))
            }
            None => Group::with_title(level.primary_title(&self.title)),
        };
        for note in &self.notes {
            main = main.element(Level::NOTE.message(note));
        }
        for help in &self.help {
            main = main.element(Level::HELP.message(help));
        }
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        renderer.render(&[main])
    }
}

fn snippet<'a>(
    source: &'a Source,
    span: &Range<usize>,
    label: &'a str,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    Snippet::source(source.shown())
        .path(&source.name)
        .annotation(AnnotationKind::Primary.span(span.clone()).label(label))
}

fn origin(path: &str, at: Option<(usize, usize)>) -> Origin<'_> {
    let origin = Origin::path(path);
    match at {
        Some((line, column)) => origin.line(line).char_column(column),
        None => origin,
    }
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
        assert!(drawn.contains("••••"), "{drawn}");
    }

    #[test]
    fn columns_are_counted_in_characters() {
        assert_eq!(line_column("a\näb", 4), (2, 2));
        assert_eq!(line_column("", 9), (1, 1));
    }
}
