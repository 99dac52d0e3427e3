//! Why an output directory cannot be filled.

use camino::Utf8PathBuf;

use super::manifest::Kind;
use crate::diagnostic::Help;
use crate::fs::FsError;

/// The reason why a path in an output directory is an obstacle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    /// It is not in the manifest.
    #[error("was not written by the command `{0}`, and may be your own file")]
    Foreign(Kind),
    /// It is in the manifest with another digest.
    #[error("was edited after the command `{0}` wrote it")]
    Edited(Kind),
    /// Another program changed it between the check and the write.
    #[error("was changed by another program while mcpgen was writing")]
    Changed,
    /// It is a symbolic link.
    #[error("is a link to `{0}`, and mcpgen does not write output through links")]
    Link(String),
    /// It has more than one name.
    #[error("is a file with several names (hard links)")]
    HardLink,
    /// It is neither a file nor a directory nor a link.
    #[error("is a device, a pipe or a socket")]
    Special,
    /// It is a directory where a file is expected.
    #[error("is a directory, not a file")]
    Directory,
    /// It is not a directory.
    #[error("is not a directory")]
    NotDirectory,
    /// It is the manifest of another command's output.
    #[error("says that the command `{0}` filled this directory")]
    OtherKind(Kind),
    /// It is a manifest in a newer format.
    #[error("was written by a newer version of mcpgen")]
    Newer,
    /// It has the name of a manifest, but other content.
    #[error("is not a manifest that mcpgen wrote")]
    NotManifest,
}

/// The reason why a directory was not filled.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// Something is in the way.
    #[error("`{path}` {obstacle}")]
    Obstacle {
        /// Its real path.
        path: Utf8PathBuf,
        /// The reason why it is an obstacle.
        obstacle: Obstacle,
    },
    /// One path is both a file and a directory of another file.
    #[error("the output would have both a file and a directory at `{0}`")]
    Nested(String),
    /// Another process has been filling the directory for too long.
    #[error("another mcpgen has been writing to `{0}` for a minute")]
    Busy(Utf8PathBuf),
    /// The operating system returned an error.
    #[error(transparent)]
    Fs(#[from] FsError),
}

impl OutputError {
    pub(super) fn obstacle(path: impl Into<Utf8PathBuf>, obstacle: Obstacle) -> Self {
        Self::Obstacle { path: path.into(), obstacle }
    }
}

impl Help for OutputError {
    fn note(&self) -> Option<String> {
        match self {
            Self::Obstacle { .. } | Self::Nested(_) => None,
            Self::Busy(_) => None,
            Self::Fs(error) => error.note(),
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            // Only the command knows how the user names another directory.
            Self::Obstacle { .. } => None,
            Self::Nested(_) => Some("correct the paths in your clients.toml".to_owned()),
            Self::Busy(_) => Some("wait until that process has finished, or stop it".to_owned()),
            Self::Fs(error) => error.help(),
        }
    }
}
