//! Writes an output after the check has found no obstacle.

use std::collections::BTreeMap;
use std::io::{self, Write as _};

use camino::Utf8Path;
use tempfile::NamedTempFile;

use super::contents::{Contents, expect_directory, metadata};
use super::manifest::{self, Kind, Manifest, digest};
use super::name::{Name, TEMPORARY};
use super::{Files, Filled, FsError, Obstacle, OutputError, fault};
use crate::fs::staged::Staged;
use crate::fs::{Published, restrict, set_new_mode};

/// The files to write, and the earlier output.
pub struct Job<'a> {
    /// The directory.
    pub root: &'a Utf8Path,
    /// The command.
    pub kind: Kind,
    /// The files that the directory must contain.
    pub files: &'a Files,
    /// Whether only the owner can read the files.
    pub private: bool,
    /// The earlier output in the directory.
    pub found: &'a Contents,
}

impl Job<'_> {
    /// Makes the directory contain exactly the files.
    ///
    /// # Errors
    /// Fails if another program writes in the directory at the same time, and if the operating system returns an error.
    /// The next run then recognizes mcpgen's files by the manifest.
    pub fn run(&self) -> Result<Filled, OutputError> {
        let digests = self.files.iter().map(|(name, bytes)| (name.clone(), digest(bytes)));
        let digests: BTreeMap<Name, String> = digests.collect();
        let stale =
            self.found.files.iter().filter(|(name, bytes)| self.files.get(*name) != Some(bytes));
        let before = stale.map(|(name, bytes)| (name.clone(), digest(bytes))).collect();
        let last = Manifest::new(self.kind, digests.clone(), BTreeMap::new()).bytes();
        let missing =
            self.files.iter().filter(|(name, bytes)| self.found.files.get(*name) != Some(bytes));
        let missing: Vec<&Name> = missing.map(|(name, _)| name).collect();
        self.keep_private(&missing)?;
        let dropped = self.found.names.iter().filter(|name| !self.files.contains_key(*name));
        let dropped: Vec<&Name> = dropped.collect();
        let mut written = self.found.manifest.clone();
        if !missing.is_empty() || !dropped.is_empty() {
            let first = Manifest::new(self.kind, digests, before).bytes();
            self.manifest(&mut written, first)?;
        }
        let removed = self.remove(&dropped)?;
        self.write(&missing)?;
        self.manifest(&mut written, last)?;
        Ok(Filled { written: missing.len(), unchanged: self.files.len() - missing.len(), removed })
    }

    // Files that stay may be older than the source's mode.
    fn keep_private(&self, missing: &[&Name]) -> Result<(), OutputError> {
        let stay = self.files.keys().filter(|name| self.private && !missing.contains(name));
        for name in stay {
            let path = self.root.join(name.as_str());
            restrict(&path).map_err(FsError::io(&path, "made private"))?;
        }
        Ok(())
    }

    fn manifest(&self, written: &mut Option<Vec<u8>>, bytes: Vec<u8>) -> Result<(), OutputError> {
        if written.as_ref() == Some(&bytes) {
            return Ok(());
        }
        let staged = self.stage(manifest::FILE, Some(&bytes))?;
        self.publish(manifest::FILE, staged, written.as_deref())?;
        *written = Some(bytes);
        Ok(())
    }

    fn remove(&self, dropped: &[&Name]) -> Result<usize, OutputError> {
        let mut removed = 0;
        for name in dropped {
            if let Some(before) = self.found.files.get(*name) {
                self.directories(name)?;
                let staged = self.stage(name.as_str(), None)?;
                self.publish(name.as_str(), staged, Some(before))?;
                removed += 1;
            }
        }
        for directory in dropped.iter().flat_map(|name| name.directories()) {
            let needed = |name: &Name| name.directories().any(|other| other == directory);
            if !self.files.keys().any(needed) {
                remove_empty(&self.root.join(directory))?;
            }
        }
        Ok(removed)
    }

    // Stages all files before it publishes the first one, so that a full disk changes none of them.
    fn write(&self, names: &[&Name]) -> Result<(), OutputError> {
        let mut staged = vec![];
        for name in names {
            self.directories(name)?;
            staged
                .push((name, self.stage(name.as_str(), self.files.get(*name).map(Vec::as_slice))?));
        }
        for (name, staged) in staged {
            let before = self.found.files.get(*name).map(Vec::as_slice);
            self.publish(name.as_str(), staged, before)?;
        }
        Ok(())
    }

    // Creates the directories of a file. None of them may be a link.
    fn directories(&self, name: &Name) -> Result<(), OutputError> {
        let directories: Vec<&str> = name.directories().collect();
        for directory in directories.into_iter().rev() {
            let path = self.root.join(directory);
            match std::fs::create_dir(&path) {
                Ok(()) => {}
                Err(e) if e.kind() != io::ErrorKind::AlreadyExists => {
                    return Err(FsError::io(&path, "created")(e).into());
                }
                Err(_) => metadata(&path)?.map_or(Ok(()), |meta| expect_directory(&path, &meta))?,
            }
        }
        Ok(())
    }

    fn stage(&self, name: &str, bytes: Option<&[u8]>) -> Result<Staged, OutputError> {
        let end = self.root.join(name);
        let directory = end.parent().unwrap_or(self.root);
        let temp = temporary(directory, bytes.unwrap_or_default(), self.private);
        let temp = temp.map_err(|e| FsError::io(&end, "written")(crate::fs::bare(e)))?;
        Ok(Staged::new(temp, end, bytes.map(<[u8]>::to_vec)))
    }

    fn publish(
        &self,
        name: &str,
        staged: Staged,
        before: Option<&[u8]>,
    ) -> Result<(), OutputError> {
        match staged.publish(before)? {
            Published::Done => Ok(()),
            Published::Overtaken => {
                Err(OutputError::obstacle(self.root.join(name), Obstacle::Changed))
            }
        }
    }
}

// A directory that is not empty remains, because another program has written in it.
fn remove_empty(directory: &Utf8Path) -> Result<(), OutputError> {
    use io::ErrorKind::{DirectoryNotEmpty, NotADirectory, NotFound};
    let gone = fault::point("before an empty directory is removed")
        .and_then(|()| std::fs::remove_dir(directory));
    match gone {
        Err(e) if ![DirectoryNotEmpty, NotADirectory, NotFound].contains(&e.kind()) => {
            Err(FsError::io(directory, "removed")(e).into())
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

fn temporary(directory: &Utf8Path, bytes: &[u8], private: bool) -> io::Result<NamedTempFile> {
    fault::point("before an output file is staged")?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY.0).suffix(TEMPORARY.1).rand_bytes(6);
    set_new_mode(&mut builder, private);
    let mut temp = builder.tempfile_in(directory)?;
    temp.write_all(bytes)?;
    fault::point("before an output file is synced")?;
    temp.as_file().sync_all()?;
    Ok(temp)
}
