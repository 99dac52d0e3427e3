//! Errors and warnings as plain data, and their form on a terminal.

use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::display::clean;
use crate::secret::literal;
use crate::wrapped;
pub use source::Source;

mod source;

/// Says where a diagnostic points.
#[derive(Debug, Clone)]
pub enum DiagnosticLocation {
    /// A span of a string, which is quoted.
    Span {
        /// The text.
        source: Arc<Source>,
        /// The bytes that are marked.
        span: Range<usize>,
        /// The note at the mark.
        label: String,
    },
    /// A file that is not quoted, since it may contain secrets: that of a client.
    File {
        /// The path as displayed.
        path: String,
        /// Line and column, counted from one.
        position: Option<(usize, usize)>,
    },
}

/// Describes one error or warning: what happened, where, why, and what to type.
#[derive(Debug, Clone)]
pub struct Diagnostic {
    warning: bool,
    title: String,
    location: Option<DiagnosticLocation>,
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

/// Writes an error and its help on one line, for logs and for messages to clients. What looks like a secret is masked.
pub fn one_line(error: &dyn Help) -> String {
    literal::mask(&match error.help() {
        Some(help) => format!("{error}; {help}"),
        None => error.to_string(),
    })
}

impl Diagnostic {
    /// Makes a diagnostic of an error, with its note and its help.
    pub fn of_error(error: &dyn Help) -> Self {
        Self::error(error.to_string()).explained_by(error)
    }

    /// Makes a warning of an error, with its note and its help.
    pub fn of_warning(error: &dyn Help) -> Self {
        Self { warning: true, ..Self::of_error(error) }
    }

    /// Creates an error. The title is a lowercase phrase without a final period.
    pub fn error(title: impl Into<String>) -> Self {
        Self { warning: false, title: title.into(), location: None, notes: vec![], help: vec![] }
    }

    /// Creates a warning.
    pub fn warning(title: impl Into<String>) -> Self {
        Self { warning: true, ..Self::error(title) }
    }

    /// Points to a span of a string.
    #[must_use]
    pub fn at(self, source: &Arc<Source>, span: Range<usize>, label: impl Into<String>) -> Self {
        let location =
            DiagnosticLocation::Span { source: Arc::clone(source), span, label: label.into() };
        Self { location: Some(location), ..self }
    }

    /// Points to a file without quoting it.
    #[must_use]
    pub fn in_file(self, path: impl Into<String>, position: Option<(usize, usize)>) -> Self {
        Self { location: Some(DiagnosticLocation::File { path: path.into(), position }), ..self }
    }

    /// Adds the note and the help of an error.
    #[must_use]
    pub fn explained_by(mut self, error: &dyn Help) -> Self {
        self.notes.extend(error.note());
        self.help.extend(error.help());
        self
    }

    /// Adds an explanation.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds what the user can type or do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// Adds an explanation to an existing diagnostic.
    pub fn add_note(&mut self, note: impl Into<String>) -> &mut Self {
        self.notes.push(note.into());
        self
    }

    /// Adds what the user can type or do to an existing diagnostic.
    pub fn add_help(&mut self, help: impl Into<String>) {
        self.help.push(help.into());
    }

    /// Returns whether the command fails.
    pub fn is_error(&self) -> bool {
        !self.warning
    }

    /// Returns the title, safe to print.
    pub fn title(&self) -> String {
        clean(&self.title)
    }

    /// Returns the title, the notes and the help in one line.
    pub fn one_line(&self) -> String {
        let parts = std::iter::once(&self.title).chain(&self.notes).chain(&self.help);
        let parts: Vec<String> = parts.map(|part| clean(part).replace('\n', " ")).collect();
        parts.join("; ")
    }

    /// Returns the offset, by which diagnostics are sorted. The text of an included file follows that of the including
    /// file.
    pub fn offset(&self) -> Option<usize> {
        match &self.location {
            Some(DiagnosticLocation::Span { source, span, .. }) => {
                Some(source.start() + span.start)
            }
            Some(DiagnosticLocation::File { .. }) | None => None,
        }
    }

    /// Formats the diagnostic. Its lines are wrapped at the width of a terminal; without one, only the notes are.
    pub fn draw(&self, colour: bool, columns: Option<usize>) -> String {
        let fitted = |text: &str, margin: usize| match columns {
            Some(columns) => wrapped::text(&clean(text), columns.max(MARGIN * 3) - margin),
            None => clean(text),
        };
        let noted = |text: &str| {
            wrapped::text(&clean(text), columns.unwrap_or(WIDTH).max(MARGIN * 3) - MARGIN)
        };
        let level = if self.warning { Level::WARNING } else { Level::ERROR };
        let title = level.primary_title(fitted(&self.title, TITLE_MARGIN));
        let mut main = match &self.location {
            Some(DiagnosticLocation::Span { source, span, label }) if source.is_quoted() => {
                title.element(snippet(source, span, label))
            }
            Some(DiagnosticLocation::Span { source, span, label }) => title
                .element(origin(source.name(), Some(source.line_column(span.start))))
                .element(Level::NOTE.message(noted(label))),
            Some(DiagnosticLocation::File { path, position }) => {
                title.element(origin(path, *position))
            }
            None => Group::with_title(title),
        };
        for note in &self.notes {
            main = main.element(Level::NOTE.message(noted(note)));
        }
        // After a quoted text, a help is a paragraph of its own.
        let is_quoted = matches!(&self.location, Some(DiagnosticLocation::Span { source, .. }) if source.is_quoted());
        let margin = if is_quoted { TITLE_MARGIN } else { MARGIN };
        let help = self.help.iter().map(|help| fitted(help, margin));
        let mut groups = vec![];
        if is_quoted {
            groups.extend(help.map(|help| Group::with_title(Level::HELP.secondary_title(help))));
        } else {
            main = main.elements(help.map(|help| Level::HELP.message(help)));
        }
        groups.insert(0, main);
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        renderer.term_width(columns.unwrap_or(WIDTH)).render(&groups)
    }
}

// The usual width of a terminal, the width of the margin and prefix of a note, and that of the prefix of a title.
const WIDTH: usize = 80;
const MARGIN: usize = 13;
const TITLE_MARGIN: usize = 9;

fn snippet<'a>(
    source: &'a Source,
    span: &Range<usize>,
    label: &str,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    Snippet::source(source.shown())
        .path(clean(source.name()))
        .annotation(AnnotationKind::Primary.span(span.clone()).label(clean(label)))
}

fn origin(path: &str, position: Option<(usize, usize)>) -> Origin<'_> {
    let origin = Origin::path(clean(path));
    match position {
        Some((line, column)) => origin.line(line).char_column(column),
        None => origin,
    }
}

/// Returns line and column of a byte offset. Both count from one, and columns are characters.
pub fn line_column(text: &str, offset: usize) -> (usize, usize) {
    let before = &text.as_bytes()[..offset.min(text.len())];
    let line_start = before.iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
    let line = before.iter().filter(|&&b| b == b'\n').count() + 1;
    let column = String::from_utf8_lossy(&before[line_start..]).chars().count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_in_a_neighbouring_line_is_not_shown() {
        let text = "a = 1\nt = \"ghp_0123456789abcdefghij0123456789abcdef\"\n";
        let source = Source::new("mcp.toml", text);
        let drawn = Diagnostic::error("x").at(&source, 0..text.len() - 1, "here").draw(false, None);
        assert!(!drawn.contains("0123456789"), "{drawn}");
        assert!(drawn.contains("****"), "{drawn}");
        let hidden =
            Source::hiding("mcp.toml", "a = 'Grüße 1'", |_| std::iter::once(4..15).collect());
        assert_eq!(hidden.shown(), "a = '*********'");
    }

    #[test]
    fn nothing_that_steers_a_terminal_is_drawn() {
        let evil = "\u{1b}[2J\u{9b}2J\u{7f}\u{202e}\u{61c}\u{200e}\u{2028}\u{feff}\r\n\u{7}";
        let source = Source::new(evil, &format!("a = '{evil}'\n"));
        let fault = Diagnostic::error(evil).at(&source, 4..6, evil).note(evil).help(evil);
        for drawn in [fault.draw(false, None), fault.in_file(evil, None).draw(false, None)] {
            let steers = |c: char| c != '\n' && (c.is_control() || crate::display::is_steering(c));
            assert!(!drawn.contains(steers), "{drawn:?}");
        }
    }

    #[test]
    fn columns_are_counted_in_characters() {
        assert_eq!(line_column("a\näb", 4), (2, 2));
        assert_eq!(line_column("", 9), (1, 1));
    }
}
