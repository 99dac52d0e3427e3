//! Directories: listed, created for a file, and removed again when nothing is left in them.

use camino::{Utf8Path, Utf8PathBuf};

use super::{FsError, TEMP_MARK, create_folders};

/// Lists the names in a directory; one that cannot be read has none.
pub fn names(folder: &Utf8Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

/// Returns the directories above a path that do not exist, the topmost first.
pub fn missing_above(path: &Utf8Path) -> Vec<Utf8PathBuf> {
    let above = path.ancestors().skip(1).filter(|above| !above.as_str().is_empty());
    let missing = above.take_while(|above| std::fs::symlink_metadata(above).is_err());
    let mut missing: Vec<Utf8PathBuf> = missing.map(Utf8Path::to_owned).collect();
    missing.reverse();
    missing
}

/// Removes directories that are empty, the last one first; others stay.
pub fn remove_empty(folders: &[Utf8PathBuf]) {
    for folder in folders.iter().rev() {
        // The system refuses to remove one that is not empty.
        std::fs::remove_dir(folder).ok();
    }
}

/// Directories created for a file that is not there yet: removed again unless they are kept.
#[derive(Debug, Default)]
pub struct Created(Vec<Utf8PathBuf>);

impl Created {
    /// Creates the missing directories above a path.
    ///
    /// # Errors
    /// Fails where the system refuses.
    pub fn above(path: &Utf8Path) -> Result<Self, FsError> {
        let missing = missing_above(path);
        if let Some(folder) = path.parent().filter(|_| !missing.is_empty()) {
            create_folders(folder)?;
        }
        Ok(Self(missing))
    }

    /// Keeps the directories: the file is there.
    pub fn keep(mut self) {
        self.0.clear();
    }
}

impl Drop for Created {
    fn drop(&mut self) {
        remove_empty(&self.0);
    }
}

/// Removes the temporary files that a killed run left beside a file. Only one mcpgen writes at a time (its own
/// lock), so none of them is in use.
pub fn sweep(path: &Utf8Path) {
    sweep_those(path, &|_| true);
}

/// Removes those temporary files beside a file that `is_left_over` picks.
pub fn sweep_those(path: &Utf8Path, is_left_over: &dyn Fn(&Utf8Path) -> bool) {
    let Ok(end) = super::real_path(path) else { return };
    let (Some(folder), Some(name)) = (end.parent(), end.file_name()) else { return };
    let mark = format!(".{name}{TEMP_MARK}");
    let marked = names(folder).into_iter().filter(|name| name.starts_with(&mark));
    for path in marked.map(|name| folder.join(name)).filter(|path| is_left_over(path)) {
        std::fs::remove_file(path).ok();
    }
}
