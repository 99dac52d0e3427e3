//! Directories: lists them, creates them for a file, and removes them again if they are empty.

use camino::{Utf8Path, Utf8PathBuf};

use super::{FsError, TEMP_MARK, create_directories};

/// Returns the names in a directory. Returns none if the directory cannot be read.
pub fn names(directory: &Utf8Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

/// Returns the missing directories above a path, the topmost first.
pub fn missing_above(path: &Utf8Path) -> Vec<Utf8PathBuf> {
    let above = path.ancestors().skip(1).filter(|above| !above.as_str().is_empty());
    let missing = above.take_while(|above| std::fs::symlink_metadata(above).is_err());
    let mut missing: Vec<Utf8PathBuf> = missing.map(Utf8Path::to_owned).collect();
    missing.reverse();
    missing
}

/// Removes the directories that are empty, the last one first.
pub fn remove_empty(directories: &[Utf8PathBuf]) {
    for directory in directories.iter().rev() {
        // The system does not remove a directory that is not empty.
        std::fs::remove_dir(directory).ok();
    }
}

/// Directories that were created for a file that does not exist yet. They are removed on drop unless they are kept.
#[derive(Debug, Default)]
pub struct Created(Vec<Utf8PathBuf>);

impl Created {
    /// Creates the missing directories above a path.
    ///
    /// # Errors
    /// Fails if the operating system returns an error.
    pub fn above(path: &Utf8Path) -> Result<Self, FsError> {
        let missing = missing_above(path);
        if let Some(directory) = path.parent().filter(|_| !missing.is_empty()) {
            create_directories(directory)?;
        }
        Ok(Self(missing))
    }

    /// Keeps the directories, because the file exists now.
    pub fn keep(mut self) {
        self.0.clear();
    }
}

impl Drop for Created {
    fn drop(&mut self) {
        remove_empty(&self.0);
    }
}

/// Removes the temporary files that a killed run left next to a file. A caller must hold a lock, or accept that a
/// concurrent run loses a temporary file that is in use.
pub fn sweep(path: &Utf8Path) {
    sweep_those(path, &|_| true);
}

/// Removes the temporary files next to a file for which `is_left_over` returns true.
pub fn sweep_those(path: &Utf8Path, is_left_over: &dyn Fn(&Utf8Path) -> bool) {
    let Ok(end) = super::real_path(path) else { return };
    let (Some(directory), Some(name)) = (end.parent(), end.file_name()) else { return };
    let mark = format!(".{name}{TEMP_MARK}");
    let marked = names(directory).into_iter().filter(|name| name.starts_with(&mark));
    for path in marked.map(|name| directory.join(name)).filter(|path| is_left_over(path)) {
        std::fs::remove_file(path).ok();
    }
}
