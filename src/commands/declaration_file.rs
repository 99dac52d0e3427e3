//! The file of the declaration, for commands that change it.

use super::{Failure, Invocation};
use crate::client::ClientTable;
use crate::declaration::Declaration;
use crate::diagnostic::Diagnostic;
use crate::fs::staged::stage;
use crate::fs::{self, FsError, Location, Published};
use crate::model::{self, Model};

/// The declaration as it was read.
pub struct DeclarationFile {
    location: Location,
    before: Option<Vec<u8>>,
}

impl DeclarationFile {
    pub fn read(invocation: &Invocation<'_>) -> Result<Self, Failure> {
        let path = invocation.declaration_path();
        let read = || Ok::<_, FsError>((Location::new(&path)?, fs::read(&path)?));
        let (location, before) = read().map_err(|error| Failure::error(&error))?;
        Ok(Self { location, before })
    }

    /// Returns the text, which is empty if there is no file.
    pub fn text(&self, invocation: &Invocation<'_>) -> Result<&str, Failure> {
        std::str::from_utf8(self.before.as_deref().unwrap_or_default()).map_err(|_| {
            let shown = invocation.env.display(&self.location.path);
            let error = Diagnostic::error(format!("`{shown}` is not UTF-8"));
            error.help("save the file as UTF-8").into()
        })
    }

    /// Checks a new text as `check` does.
    ///
    /// # Errors
    /// Returns all errors.
    pub fn check(
        invocation: &Invocation<'_>,
        table: &ClientTable,
        text: &str,
    ) -> Result<Model, Vec<Diagnostic>> {
        let name = invocation.env.display(&invocation.declaration_path());
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let (declaration, mut errors) = invocation.with_includes(Declaration::parse(&name, text));
        match model::build(&declaration, table, invocation.env, &invocation.suggest) {
            Ok(model) if errors.is_empty() => return Ok(model),
            Ok(_) => {}
            Err(found) => errors.extend(found),
        }
        errors.sort_by_key(Diagnostic::offset);
        Err(errors)
    }

    /// Replaces the text. Nothing is written if another program changed the file in the meantime.
    pub fn write(&self, invocation: &Invocation<'_>, text: &str) -> Result<(), Failure> {
        let staged =
            stage(&self.location, Some(text.as_bytes())).map_err(|error| Failure::error(&error))?;
        match staged.publish(self.before.as_deref()).map_err(|error| Failure::error(&error))? {
            Published::Done => Ok(()),
            Published::Overtaken => {
                let shown = invocation.env.display(&self.location.path);
                let changed = format!("another program changed `{shown}`, so nothing was written");
                Err(Diagnostic::error(changed).help("run the command again").into())
            }
        }
    }
}
