//! A private directory with small programs, which exists as long as its value.

use std::path::Path;

use camino::{Utf8Path, Utf8PathBuf};
use tempfile::TempDir;

use super::FsError;

/// A directory with programs that do nothing.
#[derive(Debug)]
pub struct IdlePrograms {
    path: Utf8PathBuf,
    // Deletes the directory.
    _directory: TempDir,
}

impl IdlePrograms {
    /// Writes a program that does nothing for each name.
    ///
    /// # Errors
    /// Fails if the operating system returns an error.
    pub fn create(names: &[&str]) -> Result<Self, FsError> {
        let temporary = Utf8PathBuf::from_path_buf(std::env::temp_dir()).unwrap_or_default();
        let failed = |error| FsError::io(&temporary, "written")(error);
        let directory = tempfile::Builder::new().prefix("mcpgen-").tempdir().map_err(failed)?;
        for name in names {
            write_program(&directory.path().join(name)).map_err(failed)?;
        }
        let path = Utf8Path::from_path(directory.path()).unwrap_or(&temporary).to_owned();
        Ok(Self { path, _directory: directory })
    }

    /// Returns the directory.
    pub fn path(&self) -> &Utf8Path {
        &self.path
    }
}

fn write_program(path: &Path) -> std::io::Result<()> {
    std::fs::write(path, "#!/bin/sh\nexit 0\n")?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}
