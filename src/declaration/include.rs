//! Reads the files that a declaration includes. Strangers may have written the declaration, so a file is read only if it
//! is a regular file of limited size, and a diagnostic quotes only TOML files in the directory of the declaration.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::tables::DECLARATION;
use super::{Declaration, hidden, merge};
use crate::diagnostic::{Diagnostic, Help as _, Source, line_column};
use crate::fields::{Fields, Spanned, check_table, parse_toml, syntax};
use crate::fs::{self, FsError};
use crate::paths::Environment;

// A declaration written by hand stays far below these limits.
const MAX_FILES: usize = 64;
const MAX_DEPTH: usize = 8;
const MAX_BYTES: u64 = 1 << 20;

/// Says where the included files may be.
#[derive(Debug)]
pub struct Includes<'a> {
    /// The environment.
    pub env: &'a Environment,
    /// The path of the declaration.
    pub path: &'a Utf8Path,
    /// The project that the user works on. If it contains the declaration, only files of the project are included.
    pub project: Option<&'a Utf8Path>,
}

impl Includes<'_> {
    /// Reads the included files and merges their fields into the declaration.
    pub fn read(
        &self,
        (declaration, found): (Declaration, Vec<Diagnostic>),
    ) -> (Declaration, Vec<Diagnostic>) {
        if declaration.fields().node("include").is_none() {
            return (declaration, found);
        }
        let own = fs::real_path(self.path).unwrap_or_else(|_| self.path.to_owned());
        let directories = [self.path, own.as_path()].map(|path| {
            let directory = path.parent().unwrap_or(path);
            fs::real_path(directory).unwrap_or_else(|_| directory.to_owned())
        });
        let project = self.project.and_then(|project| fs::real_path(project).ok());
        let is_inside =
            |project: &Utf8PathBuf| directories.iter().any(|path| path.starts_with(project));
        let project = project.filter(is_inside);
        let chain = vec![own.clone()];
        let mut reader = IncludeReader {
            env: self.env,
            project,
            directories,
            declaration,
            found,
            read: vec![own],
            chain,
        };
        let list = list(reader.declaration.fields(), 0);
        reader.all(list, self.path);
        (reader.declaration, reader.found)
    }
}

struct IncludeReader<'a> {
    env: &'a Environment,
    // The project that contains the declaration.
    project: Option<Utf8PathBuf>,
    // The directories whose TOML files are quoted: those of the declaration's path and of the file that it leads to.
    directories: [Utf8PathBuf; 2],
    declaration: Declaration,
    found: Vec<Diagnostic>,
    // The real paths of all files that were read, and of those that include the current one.
    read: Vec<Utf8PathBuf>,
    chain: Vec<Utf8PathBuf>,
}

type IncludeList = Spanned<Vec<Spanned<String>>>;

fn list(fields: Fields<'_>, start: usize) -> Option<IncludeList> {
    let mut list = fields.strings("include")?;
    let paths = list.value.iter_mut().map(|path| &mut path.span);
    paths.chain([&mut list.span]).for_each(|span| *span = span.start + start..span.end + start);
    Some(list)
}

// An error of one included file.
struct IncludeError {
    title: String,
    label: &'static str,
    help: String,
}

fn include_error(title: String, label: &'static str, help: impl Into<String>) -> IncludeError {
    IncludeError { title, label, help: help.into() }
}

impl IncludeReader<'_> {
    fn all(&mut self, list: Option<IncludeList>, from: &Utf8Path) {
        let Some(list) = list else { return };
        if list.value.len() > MAX_FILES {
            let title = format!("`include` has {} files", list.value.len());
            let label = format!("at most {MAX_FILES} files can be included");
            let error = Diagnostic::error(title).help("put their content into fewer files");
            self.found.push(self.declaration.sources.point(error, list.span, &label));
            self.declaration.complete = false;
            return;
        }
        for path in list.value {
            if let Err(IncludeError { title, label, help }) = self.one(&path.value, from) {
                let error = Diagnostic::error(title).help(help);
                self.found.push(self.declaration.sources.point(error, path.span, label));
                self.declaration.complete = false;
            }
        }
    }

    fn one(&mut self, written: &str, from: &Utf8Path) -> Result<(), IncludeError> {
        let (path, optional) = match written.strip_suffix('?') {
            Some(path) => (path, true),
            None => (written, false),
        };
        if path.is_empty() {
            let title = "a path in `include` is empty".to_owned();
            return Err(include_error(title, "no path", "for example \"local.toml?\""));
        }
        let env = self.env;
        let directory = from.parent().unwrap_or(from);
        let path = env.absolute(&directory.join(env.expand_tilde(path)));
        let shown = env.display(&path);
        let real = fs::real_path(&path).map_err(|error| unreadable(&error))?;
        if self.chain.contains(&real) {
            let title = format!("`{shown}` includes itself");
            return Err(include_error(title, "a cycle", "remove this path"));
        }
        if self.project.as_ref().is_some_and(|project| !real.starts_with(project)) {
            let title = format!("`{shown}` is outside the project");
            let help = "include only files of the project";
            return Err(include_error(title, "outside the project", help));
        }
        if self.read.contains(&real) {
            return Ok(());
        }
        if self.chain.len() > MAX_DEPTH || self.read.len() > MAX_FILES {
            let title = "too many included files".to_owned();
            let label = "at most 64 files, and 8 levels";
            return Err(include_error(title, label, "put their content into fewer files"));
        }
        self.read.push(real.clone());
        match fs::read_up_to(&real, MAX_BYTES).map_err(|error| unreadable(&error))? {
            Some(bytes) => self.add(bytes, &path, real),
            None if optional => Ok(()),
            None => {
                let title = format!("the included file `{shown}` does not exist");
                let help = format!("create the file; if it may be missing, write \"{written}?\"");
                Err(include_error(title, "not found", help))
            }
        }
    }

    fn add(
        &mut self,
        bytes: Vec<u8>,
        path: &Utf8Path,
        real: Utf8PathBuf,
    ) -> Result<(), IncludeError> {
        let shown = self.env.display(path);
        let text = String::from_utf8(bytes).map_err(|error| {
            let (bytes, at) = (error.as_bytes(), error.utf8_error().valid_up_to());
            let (line, _) = line_column(&String::from_utf8_lossy(&bytes[..at]), at);
            let title = format!("`{shown}` is not UTF-8 (line {line})");
            include_error(title, "included here", "save the file as UTF-8")
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let start = self.declaration.sources.end();
        let is_inside = self.directories.iter().any(|directory| real.starts_with(directory));
        let quoted = is_inside && real.extension() == Some("toml");
        let source = Arc::new(Source::of_included(&shown, text, (start, quoted), hidden));
        let (mut root, errors) = parse_toml(text);
        let parsed = errors.is_empty();
        let mut errors = syntax::diagnostics(&source, errors);
        errors.extend(check_table(&source, &DECLARATION, "the declaration", &root));
        // The messages could show what is in a file that was never meant as a declaration.
        if let (Some(first), false) = (errors.iter().filter_map(Diagnostic::offset).min(), quoted) {
            let (line, _) = source.line_column(first - start);
            let title = format!("`{shown}` is not a declaration (line {line})");
            let help = "only errors in `*.toml` in the directory of the declaration are shown";
            return Err(include_error(title, "included here", help));
        }
        self.found.extend(errors);
        self.declaration.complete &= parsed;
        self.declaration.sources.add(source);
        let list = list(Fields(&root), start);
        root.shift(start);
        let Declaration { root: into, sources, .. } = &mut self.declaration;
        merge::merge(into, root, sources, &mut self.found);
        self.chain.push(real);
        self.all(list, path);
        self.chain.pop();
        Ok(())
    }
}

fn unreadable(error: &FsError) -> IncludeError {
    let is_file = !matches!(error, FsError::IsDirectory(_) | FsError::NoFile(_));
    let help = error.help().filter(|_| is_file && !matches!(error, FsError::TooLarge { .. }));
    let help = help.unwrap_or_else(|| "name a regular file of at most 1 MiB".to_owned());
    include_error(error.to_string(), "included here", help)
}
