//! Collects the errors of a declaration, so that one run reports all of them.

use std::ops::Range;

use super::Declaration;
use super::sources::DeclarationSources;
use crate::diagnostic::Diagnostic;
use crate::fields::Spanned;

/// Collects errors with their positions.
pub struct DeclarationErrors {
    sources: DeclarationSources,
    /// Whether all files were read and parsed. If not, a missing field may be in a part that was skipped.
    pub complete: bool,
    found: Vec<Diagnostic>,
}

impl DeclarationErrors {
    /// Starts without any error.
    pub fn new(declaration: &Declaration) -> Self {
        let sources = declaration.sources.clone();
        Self { sources, complete: declaration.complete, found: vec![] }
    }

    /// Adds an error at a value. Notes and help can be added to the result.
    pub fn at<T>(
        &mut self,
        value: &Spanned<T>,
        title: impl Into<String>,
        label: &str,
    ) -> &mut Diagnostic {
        self.at_span(value.span.clone(), title, label)
    }

    /// Adds an error at a span.
    pub fn at_span(
        &mut self,
        span: Range<usize>,
        title: impl Into<String>,
        label: &str,
    ) -> &mut Diagnostic {
        self.found.push(self.sources.point(Diagnostic::error(title), span, label));
        self.found.last_mut().expect("just pushed")
    }

    /// Adds an error that belongs to the whole file.
    pub fn in_file(&mut self, title: impl Into<String>) -> &mut Diagnostic {
        let error = Diagnostic::error(title).in_file(self.sources.first().name(), None);
        self.found.push(error);
        self.found.last_mut().expect("just pushed")
    }

    /// Returns the errors in the order of their discovery.
    pub fn into_vec(self) -> Vec<Diagnostic> {
        self.found
    }

    /// Returns the value if there are no errors.
    ///
    /// # Errors
    /// Fails with all errors that were added.
    pub fn or_value<T>(self, value: T) -> Result<T, Vec<Diagnostic>> {
        if self.found.is_empty() { Ok(value) } else { Err(self.found) }
    }
}
