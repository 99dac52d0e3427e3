//! The cache: the directory of sign-ins that all bridges share, and the files of one sign-in.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::bridge_version::{BridgeVersion, SHARED_DIRECTORY};
use super::key::CacheKey;
pub use super::registration::{InvalidRegistration, Registration};
pub use super::token_set::{InvalidTokenSet, TokenSet};
use crate::diagnostic::Help;
use crate::fs::{self, FsError};
use crate::paths::Environment;

/// The environment variable that names the base directory.
pub const DIRECTORY_VARIABLE: &str = "MCP_REMOTE_CONFIG_DIR";

// The directory of the sign-ins at identity providers, which bridges do not use themselves.
const PROVIDERS: &str = "mcpgen-idp";
const TOKENS: &str = "tokens.json";
const REGISTRATION: &str = "client_info.json";
const LEASE: &str = super::lease::FILE;

/// The base directory of the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cache {
    directory: Utf8PathBuf,
    // The value in the process environment, if it differs from the value in `[launch] env`.
    elsewhere: Option<Utf8PathBuf>,
}

/// Why the cache cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// The file system.
    #[error(transparent)]
    Fs(#[from] FsError),
    /// A file does not contain a token set.
    #[error("`{path}` is not a valid token file: {cause}")]
    InvalidTokenSet {
        /// The file.
        path: Utf8PathBuf,
        /// What is wrong with it.
        cause: InvalidTokenSet,
    },
    /// A file does not contain a client registration.
    #[error("`{path}` is not a valid client registration: {cause}")]
    InvalidRegistration {
        /// The file.
        path: Utf8PathBuf,
        /// What is wrong with it.
        cause: InvalidRegistration,
    },
    /// The shell and the declaration name two directories.
    #[error("`{DIRECTORY_VARIABLE}` is `{shell}` in this shell but `{declared}` in [launch] env")]
    TwoDirectories {
        /// The value in the process environment.
        shell: Utf8PathBuf,
        /// The value in the declaration.
        declared: Utf8PathBuf,
    },
}

impl Help for CacheError {
    fn note(&self) -> Option<String> {
        match self {
            Self::TwoDirectories { .. } => Some("clients use the value in [launch] env".to_owned()),
            Self::Fs(error) => error.note(),
            Self::InvalidTokenSet { .. } | Self::InvalidRegistration { .. } => None,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::TwoDirectories { .. } => Some(
                "unset the environment variable in the shell, or make the two values equal"
                    .to_owned(),
            ),
            Self::Fs(error) => error.help(),
            Self::InvalidTokenSet { .. } | Self::InvalidRegistration { .. } => None,
        }
    }
}

impl CacheError {
    /// Returns whether a new sign-in fixes the error.
    pub fn needs_sign_in(&self) -> bool {
        match self {
            Self::InvalidTokenSet { .. } | Self::InvalidRegistration { .. } => true,
            Self::Fs(_) | Self::TwoDirectories { .. } => false,
        }
    }
}

impl Cache {
    /// Returns the cache of clients that start with the environment `launch_env`.
    pub fn find(launch_env: &BTreeMap<String, String>, env: &Environment) -> Self {
        let absolute = |text: &str| env.absolute(Utf8Path::new(text));
        let shell = env.var(DIRECTORY_VARIABLE).map(absolute);
        let declared = launch_env.get(DIRECTORY_VARIABLE).filter(|text| !text.is_empty());
        match declared.map(|text| absolute(&env.expand_tilde(text))) {
            Some(directory) => {
                let elsewhere = shell.filter(|shell| *shell != directory);
                Self { directory, elsewhere }
            }
            None => {
                let directory = shell.unwrap_or_else(|| env.home.join(".mcp-auth"));
                Self { directory, elsewhere: None }
            }
        }
    }

    /// Returns the base directory.
    pub fn directory(&self) -> &Utf8Path {
        &self.directory
    }

    /// Checks that the shell and the declaration name the same directory. Otherwise bridges that
    /// are started by hand would not find the sign-in.
    ///
    /// # Errors
    /// Fails if they differ.
    pub fn agreed(&self) -> Result<(), CacheError> {
        match &self.elsewhere {
            Some(shell) => {
                let (shell, declared) = (shell.clone(), self.directory.clone());
                Err(CacheError::TwoDirectories { shell, declared })
            }
            None => Ok(()),
        }
    }

    /// Returns the files of a sign-in for one version of the bridge.
    pub fn files(&self, version: BridgeVersion, key: &CacheKey) -> SignInFiles {
        let (base, directory) = (self.directory.clone(), version.directory(&self.directory));
        SignInFiles { base, directory, key: key.clone() }
    }

    /// Lists the sign-ins at identity providers, sorted.
    pub fn list_providers(&self) -> Vec<SignInFiles> {
        sign_ins_in(&self.directory, [self.directory.join(PROVIDERS)])
    }

    /// Lists the sign-ins of all versions, sorted.
    pub fn list(&self) -> Vec<SignInFiles> {
        let versioned = |name: &String| name.starts_with("mcp-remote-");
        let names = fs::names(&self.directory).into_iter().filter(versioned);
        let directories = names.map(|name| self.directory.join(name));
        sign_ins_in(&self.directory, directories.chain([self.directory.clone()]))
    }
}

fn sign_ins_in(
    base: &Utf8Path,
    directories: impl IntoIterator<Item = Utf8PathBuf>,
) -> Vec<SignInFiles> {
    let mut found = vec![];
    for directory in directories {
        for name in fs::names(&directory) {
            let key =
                CacheKey::from_file_name(&name).filter(|_| name.ends_with(&format!("_{TOKENS}")));
            found.extend(key.map(|key| SignInFiles {
                base: base.to_owned(),
                directory: directory.clone(),
                key,
            }));
        }
    }
    found.sort();
    found
}

/// The files of one sign-in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SignInFiles {
    base: Utf8PathBuf,
    directory: Utf8PathBuf,
    key: CacheKey,
}

impl SignInFiles {
    /// Returns the cache key.
    pub fn key(&self) -> &CacheKey {
        &self.key
    }

    /// Returns the directory of the files.
    pub fn directory(&self) -> &Utf8Path {
        &self.directory
    }

    /// Returns the files of a sign-in at an identity provider in the same cache. Only mcpgen uses them.
    #[must_use]
    pub fn at_provider(&self, key: &CacheKey) -> Self {
        let (base, directory) = (self.base.clone(), self.base.join(PROVIDERS));
        Self { base, directory, key: key.clone() }
    }

    /// Returns whether the sign-in is in the directory that newer versions share.
    pub fn is_shared(&self) -> bool {
        self.directory.file_name() == Some(SHARED_DIRECTORY)
    }

    /// Returns the path of one file.
    pub fn path(&self, name: &str) -> Utf8PathBuf {
        self.directory.join(format!("{}_{name}", self.key))
    }

    /// Reads the token set. A file from before mcp-remote 0.1.46 has no expiry, so the expiry is computed from the
    /// modification time.
    ///
    /// # Errors
    /// Fails if the file cannot be read or is invalid.
    pub fn tokens(&self) -> Result<Option<TokenSet>, CacheError> {
        let path = self.path(TOKENS);
        let Some(bytes) = fs::read(&path)? else { return Ok(None) };
        let mut tokens = TokenSet::from_file(&bytes)
            .map_err(|cause| CacheError::InvalidTokenSet { path: path.clone(), cause })?;
        if tokens.expires_at.is_none() {
            let written = fs::modified(&path);
            tokens.expires_at =
                written.zip(tokens.lifetime()).map(|(at, life)| at.saturating_add(life));
        }
        Ok(Some(tokens))
    }

    /// Reads the client registration.
    ///
    /// # Errors
    /// Fails if the file cannot be read or is invalid.
    pub fn registration(&self) -> Result<Option<Registration>, CacheError> {
        let path = self.path(REGISTRATION);
        let Some(bytes) = fs::read(&path)? else { return Ok(None) };
        let read = Registration::from_file(&bytes);
        read.map(Some).map_err(|cause| CacheError::InvalidRegistration { path, cause })
    }

    /// Writes the token set atomically.
    ///
    /// # Errors
    /// Fails if the file cannot be written; the old file then remains.
    pub fn write_tokens(&self, tokens: &TokenSet) -> Result<(), CacheError> {
        self.write(TOKENS, &tokens.to_file())
    }

    /// Writes the client registration atomically.
    ///
    /// # Errors
    /// Fails if the file cannot be written; the old file then remains.
    pub fn write_registration(&self, registration: &Registration) -> Result<(), CacheError> {
        self.write(REGISTRATION, &registration.to_file())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), CacheError> {
        fs::create_private_directory(&self.directory)?;
        Ok(fs::write_private(&self.path(name), bytes)?)
    }

    /// Removes the token set, if there is one.
    ///
    /// # Errors
    /// Fails if the file cannot be removed.
    pub fn remove_tokens(&self) -> Result<(), CacheError> {
        Ok(fs::remove(&self.path(TOKENS))?)
    }

    /// Removes the client registration, if there is one.
    ///
    /// # Errors
    /// Fails if the file cannot be removed.
    pub fn remove_registration(&self) -> Result<(), CacheError> {
        Ok(fs::remove(&self.path(REGISTRATION))?)
    }

    /// Returns whether there is a token file, valid or not.
    pub fn exists(&self) -> bool {
        self.path(TOKENS).is_file()
    }

    /// Removes the temporary files of a killed mcpgen, except temporary lease files of live processes. Only the holder
    /// of the lease may call this, because no other mcpgen then writes the token set.
    pub fn sweep(&self) {
        [TOKENS, REGISTRATION].iter().for_each(|name| fs::sweep(&self.path(name)));
        fs::sweep_those(&self.path(LEASE), &super::lease::is_dead);
    }

    /// Lists the files that other users can read.
    pub fn exposed(&self) -> Vec<Utf8PathBuf> {
        let paths = [TOKENS, REGISTRATION].map(|name| self.path(name));
        paths.into_iter().filter(|path| fs::is_exposed(path)).collect()
    }
}

#[cfg(test)]
mod tests;
