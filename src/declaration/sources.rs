//! The files of a declaration: the file itself, and the files that it includes. One number is a position in all of them.

use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Source};

/// Holds the content of the files, in the order of their positions.
#[derive(Debug, Clone)]
pub struct DeclarationSources(Vec<Arc<Source>>);

impl DeclarationSources {
    /// Starts with the declaration itself.
    pub fn new(source: Arc<Source>) -> Self {
        Self(vec![source])
    }

    /// Adds an included file.
    pub fn add(&mut self, source: Arc<Source>) {
        self.0.push(source);
    }

    /// Returns the content of the declaration itself.
    pub fn first(&self) -> &Arc<Source> {
        self.0.first().expect("a declaration is a file")
    }

    /// Returns the position after the last file.
    pub fn end(&self) -> usize {
        self.0.last().map_or(0, |source| source.end())
    }

    /// Finds the file that contains a span, and the span in this file.
    pub fn locate(&self, span: Range<usize>) -> (&Arc<Source>, Range<usize>) {
        let at = self.0.partition_point(|source| source.start() <= span.start);
        let source = &self.0[at.saturating_sub(1)];
        (source, span.start - source.start()..span.end - source.start())
    }

    /// Lets a diagnostic point to a span.
    pub fn point(&self, diagnostic: Diagnostic, span: Range<usize>, label: &str) -> Diagnostic {
        let (source, span) = self.locate(span);
        diagnostic.at(source, span, label)
    }

    /// Describes a position in words.
    pub fn describe(&self, span: Range<usize>) -> String {
        let (source, span) = self.locate(span);
        let (line, _) = source.line_column(span.start);
        format!("{}, line {line}", source.name())
    }
}
