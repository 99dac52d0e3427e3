//! The writing of an output, once nothing is in the way.

use std::collections::BTreeMap;
use std::io::{self, Write as _};

use camino::Utf8Path;
use tempfile::NamedTempFile;

use super::contents::{Contents, directory, metadata};
use super::manifest::{self, Kind, Manifest, digest};
use super::name::{Name, TEMPORARY};
use super::{Files, Filled, FsError, Obstacle, OutputError, fault};
use crate::fs::staged::Staged;
use crate::fs::{Published, restrict, set_new_mode};

/// Holds what is to be written and what is there.
pub struct Job<'a> {
    /// The directory.
    pub root: &'a Utf8Path,
    /// The command.
    pub kind: Kind,
    /// The files it is to hold.
    pub files: &'a Files,
    /// Whether only their owner can read them.
    pub private: bool,
    /// What it holds.
    pub found: &'a Contents,
}

impl Job<'_> {
    /// Makes the directory hold exactly the files.
    ///
    /// # Errors
    /// Fails where somebody else writes there at the same time, and where the system refuses; the manifest
    /// then tells the next run what is ours.
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
                self.folders(name)?;
                let staged = self.stage(name.as_str(), None)?;
                self.publish(name.as_str(), staged, Some(before))?;
                removed += 1;
            }
        }
        for folder in dropped.iter().flat_map(|name| name.folders()) {
            let needed = |name: &Name| name.folders().any(|other| other == folder);
            if !self.files.keys().any(needed) {
                remove_empty(&self.root.join(folder))?;
            }
        }
        Ok(removed)
    }

    // All are complete before the first is put in its place: on a full disk none of them changes.
    fn write(&self, names: &[&Name]) -> Result<(), OutputError> {
        let mut staged = vec![];
        for name in names {
            self.folders(name)?;
            staged
                .push((name, self.stage(name.as_str(), self.files.get(*name).map(Vec::as_slice))?));
        }
        for (name, staged) in staged {
            let before = self.found.files.get(*name).map(Vec::as_slice);
            self.publish(name.as_str(), staged, before)?;
        }
        Ok(())
    }

    // Creates the directories that a file is in; none of them may be a link.
    fn folders(&self, name: &Name) -> Result<(), OutputError> {
        let folders: Vec<&str> = name.folders().collect();
        for folder in folders.into_iter().rev() {
            let path = self.root.join(folder);
            match std::fs::create_dir(&path) {
                Ok(()) => {}
                Err(e) if e.kind() != io::ErrorKind::AlreadyExists => {
                    return Err(FsError::io(&path, "created")(e).into());
                }
                Err(_) => metadata(&path)?.map_or(Ok(()), |meta| directory(&path, &meta))?,
            }
        }
        Ok(())
    }

    fn stage(&self, name: &str, bytes: Option<&[u8]>) -> Result<Staged, OutputError> {
        let end = self.root.join(name);
        let folder = end.parent().unwrap_or(self.root);
        let temp = temporary(folder, bytes.unwrap_or_default(), self.private);
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

// One that is not empty is somebody's, who wrote there meanwhile.
fn remove_empty(folder: &Utf8Path) -> Result<(), OutputError> {
    use io::ErrorKind::{DirectoryNotEmpty, NotADirectory, NotFound};
    let gone = fault::point("before an empty directory is removed")
        .and_then(|()| std::fs::remove_dir(folder));
    match gone {
        Err(e) if ![DirectoryNotEmpty, NotADirectory, NotFound].contains(&e.kind()) => {
            Err(FsError::io(folder, "removed")(e).into())
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

fn temporary(folder: &Utf8Path, bytes: &[u8], private: bool) -> io::Result<NamedTempFile> {
    fault::point("before an output file is staged")?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY.0).suffix(TEMPORARY.1).rand_bytes(6);
    set_new_mode(&mut builder, private);
    let mut temp = builder.tempfile_in(folder)?;
    temp.write_all(bytes)?;
    fault::point("before an output file is synced")?;
    temp.as_file().sync_all()?;
    Ok(temp)
}
