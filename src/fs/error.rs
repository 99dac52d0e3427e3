//! Why a file cannot be read or written.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use super::rename::is_in_use;
use crate::diagnostic::Help;
use crate::paths::native;
use crate::suggest::ShellCommand;

/// Why a file cannot be read or written. Every variant names the file.
#[derive(Debug, thiserror::Error)]
pub enum FsError {
    /// The operating system returned an error.
    #[error("`{path}` cannot be {doing}: {source}")]
    Io {
        /// The file or directory.
        path: Utf8PathBuf,
        /// The operation as a participle, for example `written`.
        doing: &'static str,
        /// The error of the system.
        source: io::Error,
    },
    /// A directory is where a file should be.
    #[error("`{0}` is a directory, not a file")]
    IsDirectory(Utf8PathBuf),
    /// A device, a pipe or a socket is where a file should be.
    #[error("`{0}` is a device, a pipe or a socket, not a file")]
    NoFile(Utf8PathBuf),
    /// The file is a link to a path that does not exist.
    #[error("`{path}` is a link to `{end}`, which does not exist")]
    Dangling {
        /// The link.
        path: Utf8PathBuf,
        /// The path that the link leads to.
        end: Utf8PathBuf,
    },
    /// A directory is a link to a path that does not exist.
    #[error("`{path}` is a link to `{end}`, which does not exist")]
    DanglingDirectory {
        /// The link.
        path: Utf8PathBuf,
        /// The path that the link leads to.
        end: Utf8PathBuf,
    },
    /// A path that must be a directory is something else.
    #[error("`{0}` is not a directory")]
    NotDirectory(Utf8PathBuf),
    /// Links that lead to each other.
    #[error("`{0}` is a link that leads back to itself")]
    LinkLoop(Utf8PathBuf),
    /// The file is a link into the Nix store, which is read-only.
    #[error("`{path}` is managed by Nix (it leads to `{end}`)")]
    ManagedByNix {
        /// The client's file.
        path: Utf8PathBuf,
        /// The file that the link leads to.
        end: Utf8PathBuf,
    },
    /// A path on disk is not UTF-8.
    #[error("`{0}` leads to a path that is not UTF-8")]
    NotUtf8(Utf8PathBuf),
    /// Another program holds a client's lock for too long.
    #[error("`{0}` is locked by another program")]
    Locked(Utf8PathBuf),
    /// Another mcpgen holds mcpgen's own lock for too long.
    #[error("{} holds the lock `{path}` for more than a minute", another(*.holder))]
    OwnLockHeld {
        /// The lock file.
        path: Utf8PathBuf,
        /// The process that holds it, if it is known.
        holder: Option<u32>,
    },
    /// A file is larger than the limit.
    #[error("`{path}` is larger than {} MiB, too large to read", limit >> 20)]
    TooLarge {
        /// The file.
        path: Utf8PathBuf,
        /// The maximum size in bytes.
        limit: u64,
    },
    /// A pipe does not deliver everything before the timeout.
    #[error("`{0}` is a pipe that delivered nothing for a minute")]
    Silent(Utf8PathBuf),
    /// The file has the attribute immutable or append-only.
    #[error("`{0}` is immutable or append-only")]
    Immutable(Utf8PathBuf),
    /// A link leads out of the directory that mcpgen works in.
    #[error("`{path}` is a link to `{end}`, which is outside `{root}`")]
    Outside {
        /// The path.
        path: Utf8PathBuf,
        /// The file it leads to.
        end: Utf8PathBuf,
        /// The directory.
        root: Utf8PathBuf,
    },
    /// A link was changed between planning and writing.
    #[error("`{0}` leads to another file than when mcpgen read it")]
    Moved(Utf8PathBuf),
    /// A directory does not exist, or is a file.
    #[error("directory `{0}` not found")]
    NoDirectory(Utf8PathBuf),
    /// A directory of mcpgen's own records is a link.
    #[error("the directory `{0}` is a link")]
    IsLink(Utf8PathBuf),
    /// Other users can write to a directory of mcpgen's own records.
    #[error("other users can write to `{0}`")]
    Exposed(Utf8PathBuf),
}

impl FsError {
    pub(super) fn io(path: &Utf8Path, doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { path: native(path), doing, source }
    }
}

impl Help for FsError {
    fn note(&self) -> Option<String> {
        if let Self::IsLink(_) | Self::Exposed(_) = self {
            return Some("this directory is for mcpgen's own records".to_owned());
        }
        None
    }

    fn help(&self) -> Option<String> {
        let help = match self {
            Self::Io { source, .. } => remedy(source),
            Self::IsDirectory(_) => "move the directory away",
            Self::TooLarge { .. } => "move the file away",
            Self::NoFile(_) => "remove the device, pipe or socket",
            Self::LinkLoop(_) => "remove the link",
            Self::Dangling { end, .. } => {
                return Some(format!("create the file `{end}` or remove the link"));
            }
            Self::DanglingDirectory { end, .. } => {
                return Some(format!("create the directory `{end}` or remove the link"));
            }
            Self::NotDirectory(_) => "move the file away, or name another directory",
            Self::ManagedByNix { .. } => {
                "let mcpgen's module write this client, or remove the file from your Nix configuration"
            }
            Self::NotUtf8(_) => "rename the file or directory",
            Self::Locked(_) => "close that program, or try again",
            Self::OwnLockHeld { .. } => "wait until that process has finished, or stop it",
            Self::Silent(_) => "name a file instead of the pipe",
            Self::Immutable(path) => {
                let clear = match (cfg!(target_os = "macos"), cfg!(windows)) {
                    (true, _) => ShellCommand::new("chflags nouchg,nouappnd"),
                    (_, true) => ShellCommand::new("attrib -r"),
                    (false, false) => ShellCommand::new("chattr -i -a"),
                };
                let clear = clear.operand(path.as_str());
                return Some(format!("remove these attributes with {clear} and try again"));
            }
            Self::Outside { .. } => "remove the link, or allow it with `--follow-links`",
            Self::Moved(_) => "run the command again",
            Self::NoDirectory(_) => "create the directory, or name another directory",
            Self::IsLink(_) => "remove the link",
            Self::Exposed(path) => {
                let private = ShellCommand::new("chmod go-w").operand(path.as_str());
                return Some(format!(
                    "remove this permission with {private}, or set XDG_STATE_HOME to a directory of your own"
                ));
            }
        };
        Some(help.to_owned())
    }
}

fn remedy(error: &io::Error) -> &'static str {
    let kind = error.kind();
    if is_in_use(error) {
        "close the program that has the file open, and try again"
    } else if kind == io::ErrorKind::PermissionDenied {
        "give yourself access to the file and its directory"
    } else if kind == io::ErrorKind::StorageFull || kind == io::ErrorKind::FileTooLarge {
        "free disk space and try again"
    } else if kind == io::ErrorKind::ReadOnlyFilesystem {
        "make the file system writable"
    } else {
        "check the file and its directory"
    }
}

/// Describes the process that holds mcpgen's own lock.
pub fn another(holder: Option<u32>) -> String {
    holder.map_or_else(|| "another mcpgen".into(), |pid| format!("another mcpgen (process {pid})"))
}
