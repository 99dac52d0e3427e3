//! Reads files safely. A path from a repository, a client's file, a link or the cache is opened without waiting,
//! checked through its file descriptor, and read only if it is a regular file of limited size.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read as _, Seek as _};
use std::sync::mpsc;
use std::time::Duration;

use camino::Utf8Path;
use zeroize::Zeroizing;

use super::{FsError, real_path};

/// The largest file that is read, in bytes. Clients' own state files stay far below it.
pub const MAX_BYTES: u64 = 64 << 20;

// How often a file is read that changes while it is read.
const READS: usize = 8;

/// The timeout for reading a pipe that the user names.
pub const PIPE_TIMEOUT: Duration = Duration::from_secs(60);

/// Reads a regular file. Returns `None` if it does not exist. It never waits: a pipe, a device or a socket is an error.
///
/// # Errors
/// Fails if the path is not a regular file, if the file is larger than [`MAX_BYTES`], on a dangling link, and if the
/// operating system returns an error.
pub fn read(path: &Utf8Path) -> Result<Option<Vec<u8>>, FsError> {
    read_up_to(path, MAX_BYTES)
}

/// Reads a regular file of at most `limit` bytes, as [`read`] does.
///
/// # Errors
/// Fails as [`read`] does.
pub fn read_up_to(path: &Utf8Path, limit: u64) -> Result<Option<Vec<u8>>, FsError> {
    let file = match open_without_waiting(path) {
        Ok(file) => file,
        Err(error) => return missing(path, error),
    };
    let meta = file.metadata().map_err(FsError::io(path, "read"))?;
    refuse_unless_regular(path, &meta)?;
    let too_large = || FsError::TooLarge { path: path.to_owned(), limit };
    if meta.len() > limit {
        return Err(too_large());
    }
    let bytes = read_whole(&file, meta, limit).map_err(FsError::io(path, "read"))?;
    if bytes.len() as u64 > limit { Err(too_large()) } else { Ok(Some(bytes)) }
}

// A program may write the file in place meanwhile. Then the bytes may be those of two versions, so the file is read
// again. If the file changes each time, the caller gets the last bytes, which it compares before it writes.
fn read_whole(mut file: &File, mut meta: Metadata, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(usize::try_from(meta.len()).unwrap_or(0) + 1);
    for _ in 0..READS {
        bytes.clear();
        file.rewind()?;
        file.take(limit + 1).read_to_end(&mut bytes)?;
        let now = file.metadata()?;
        let same = now.len() == meta.len() && now.modified()? == meta.modified()?;
        if same || bytes.len() as u64 > limit {
            break;
        }
        meta = now;
    }
    Ok(bytes)
}

/// The content of a file that the user named.
pub struct Given {
    /// Its bytes, at most one more than the limit.
    pub bytes: Zeroizing<Vec<u8>>,
    /// Whether every user of this machine may read it.
    pub world_readable: bool,
}

/// Reads a file or a pipe (`<(command)`) that the user named, up to one byte more than `limit`. Returns `None` if it
/// does not exist.
///
/// # Errors
/// Fails on directories and devices, on a pipe that does not deliver everything before the timeout, and if the
/// operating system returns an error.
pub fn read_given(path: &Utf8Path, limit: usize) -> Result<Option<Given>, FsError> {
    let regular = std::fs::metadata(path).is_ok_and(|meta| meta.is_file());
    if regular {
        return read_opened(path, limit);
    }
    // A read from a pipe cannot be interrupted, so a thread reads it. If the timeout expires, the thread is abandoned.
    let (sender, receiver) = mpsc::channel();
    let owned = path.to_owned();
    std::thread::spawn(move || sender.send(read_opened(&owned, limit)));
    receiver.recv_timeout(PIPE_TIMEOUT).unwrap_or_else(|_| Err(FsError::Silent(path.to_owned())))
}

fn read_opened(path: &Utf8Path, limit: usize) -> Result<Option<Given>, FsError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) => return missing(path, error),
    };
    let meta = file.metadata().map_err(FsError::io(path, "read"))?;
    if !is_pipe(&meta) {
        refuse_unless_regular(path, &meta)?;
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(limit.min(64 << 10) + 1));
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    file.take(most).read_to_end(&mut bytes).map_err(FsError::io(path, "read"))?;
    Ok(Some(Given { bytes, world_readable: is_world_readable(&meta) }))
}

#[cfg(unix)]
fn open_without_waiting(path: &Utf8Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
    let flags = i32::try_from(flags.bits()).expect("open(2) takes its flags as an int");
    OpenOptions::new().read(true).custom_flags(flags).open(path)
}

#[cfg(not(unix))]
fn open_without_waiting(path: &Utf8Path) -> io::Result<File> {
    super::rename::open(path, OpenOptions::new().read(true))
}

// Handles an error of open: the file may be missing, or may not be a regular file.
fn missing<T>(path: &Utf8Path, error: io::Error) -> Result<Option<T>, FsError> {
    if error.kind() == io::ErrorKind::NotFound {
        // A dangling link is an error and not a missing file.
        real_path(path)?;
        return Ok(None);
    }
    if let Ok(meta) = std::fs::metadata(path) {
        refuse_unless_regular(path, &meta)?;
    } else {
        real_path(path)?;
    }
    Err(FsError::io(path, "read")(error))
}

fn refuse_unless_regular(path: &Utf8Path, meta: &Metadata) -> Result<(), FsError> {
    if meta.is_dir() {
        return Err(FsError::IsDirectory(path.to_owned()));
    }
    if meta.is_file() { Ok(()) } else { Err(FsError::NoFile(path.to_owned())) }
}

#[cfg(unix)]
fn is_pipe(meta: &Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&meta.file_type())
}

#[cfg(not(unix))]
fn is_pipe(_: &Metadata) -> bool {
    false
}

#[cfg(unix)]
fn is_world_readable(meta: &Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&meta.permissions()) & 0o004 != 0
}

// Windows uses access control lists, which one permission bit cannot describe.
#[cfg(not(unix))]
fn is_world_readable(_: &Metadata) -> bool {
    false
}
