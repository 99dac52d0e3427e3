//! The cache: the folder of sign-ins that every bridge shares, and one server's files in it.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::bridge_version::{BridgeVersion, SHARED_DIRECTORY};
use super::key::CacheKey;
pub use super::registration::{InvalidRegistration, Registration};
pub use super::token_set::{InvalidTokenSet, Rest, TokenSet};
use crate::fs::{self, FsError};
use crate::paths::Environment;

/// The variable that names the base folder.
pub const DIRECTORY_VARIABLE: &str = "MCP_REMOTE_CONFIG_DIR";

const TOKENS: &str = "tokens.json";
const REGISTRATION: &str = "client_info.json";
const LEASE: &str = super::lease::FILE;

/// Holds the base folder of the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cache {
    directory: Utf8PathBuf,
    // What the process environment says, where [launch] env says something else.
    elsewhere: Option<Utf8PathBuf>,
}

/// Says why the cache cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// The disk refuses.
    #[error(transparent)]
    Fs(#[from] FsError),
    /// A file holds no token set.
    #[error("`{path}` holds no sign-in: {why}")]
    InvalidTokenSet {
        /// The file.
        path: Utf8PathBuf,
        /// What is wrong with it.
        why: InvalidTokenSet,
    },
    /// A file holds no registration.
    #[error("`{path}` holds no client registration: {why}")]
    InvalidRegistration {
        /// The file.
        path: Utf8PathBuf,
        /// What is wrong with it.
        why: InvalidRegistration,
    },
    /// The shell and the declaration name two folders.
    #[error(
        "`{DIRECTORY_VARIABLE}` is `{shell}` here and `{declared}` in [launch] env; clients use the \
         latter, so unset it here or make the two the same"
    )]
    TwoFolders {
        /// What the process environment says.
        shell: Utf8PathBuf,
        /// What the declaration says.
        declared: Utf8PathBuf,
    },
}

impl CacheError {
    /// Returns whether a new sign-in puts it right.
    pub fn needs_sign_in(&self) -> bool {
        match self {
            Self::InvalidTokenSet { .. } | Self::InvalidRegistration { .. } => true,
            Self::Fs(_) | Self::TwoFolders { .. } => false,
        }
    }
}

impl Cache {
    /// Finds the cache of clients that are started with `launch_env`.
    pub fn find(launch_env: &BTreeMap<String, String>, env: &Environment) -> Self {
        let absolute = |text: &str| env.absolute(Utf8Path::new(text));
        let shell = env.var(DIRECTORY_VARIABLE).map(absolute);
        let declared = launch_env.get(DIRECTORY_VARIABLE).filter(|text| !text.is_empty());
        match declared.map(|text| absolute(&env.expand_tilde(text))) {
            Some(folder) => {
                let elsewhere = shell.filter(|shell| *shell != folder);
                Self { directory: folder, elsewhere }
            }
            None => {
                let folder = shell.unwrap_or_else(|| env.home.join(".mcp-auth"));
                Self { directory: folder, elsewhere: None }
            }
        }
    }

    /// Returns the base folder.
    pub fn directory(&self) -> &Utf8Path {
        &self.directory
    }

    /// Refuses a shell that names another folder than the declaration: what is signed in there, bridges
    /// that are started by hand would not find.
    ///
    /// # Errors
    /// Fails where the two differ.
    pub fn agreed(&self) -> Result<(), CacheError> {
        match &self.elsewhere {
            Some(shell) => {
                let (shell, declared) = (shell.clone(), self.directory.clone());
                Err(CacheError::TwoFolders { shell, declared })
            }
            None => Ok(()),
        }
    }

    /// Returns one server's files, where a version of the bridge keeps them.
    pub fn files(&self, version: BridgeVersion, key: &CacheKey) -> SignInFiles {
        SignInFiles { directory: version.directory(&self.directory), key: key.clone() }
    }

    /// Lists every sign-in of every version, sorted.
    pub fn list(&self) -> Vec<SignInFiles> {
        let versioned = |name: &String| name.starts_with("mcp-remote-");
        let names = fs::names(&self.directory).into_iter().filter(versioned);
        let mut found = vec![];
        for folder in names.map(|name| self.directory.join(name)).chain([self.directory.clone()]) {
            for name in fs::names(&folder) {
                let key = CacheKey::from_file_name(&name)
                    .filter(|_| name.ends_with(&format!("_{TOKENS}")));
                found.extend(key.map(|key| SignInFiles { directory: folder.clone(), key }));
            }
        }
        found.sort();
        found
    }
}

/// Names one server's files in the cache.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SignInFiles {
    directory: Utf8PathBuf,
    key: CacheKey,
}

impl SignInFiles {
    /// Returns the cache key.
    pub fn key(&self) -> &CacheKey {
        &self.key
    }

    /// Returns the folder they lie in.
    pub fn directory(&self) -> &Utf8Path {
        &self.directory
    }

    /// Returns whether they lie in the folder that all newer versions share.
    pub fn is_shared(&self) -> bool {
        self.directory.file_name() == Some(SHARED_DIRECTORY)
    }

    /// Returns the path of one of them.
    pub fn path(&self, name: &str) -> Utf8PathBuf {
        self.directory.join(format!("{}_{name}", self.key))
    }

    /// Reads the token set. Where it does not say when it ends, as before mcp-remote 0.1.46, the file's own
    /// time does.
    ///
    /// # Errors
    /// Fails where the file cannot be read or holds none.
    pub fn tokens(&self) -> Result<Option<TokenSet>, CacheError> {
        let path = self.path(TOKENS);
        let Some(bytes) = fs::read(&path)? else { return Ok(None) };
        let mut tokens = TokenSet::from_file(&bytes)
            .map_err(|why| CacheError::InvalidTokenSet { path: path.clone(), why })?;
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
    /// Fails where the file cannot be read or holds none.
    pub fn registration(&self) -> Result<Option<Registration>, CacheError> {
        let path = self.path(REGISTRATION);
        let Some(bytes) = fs::read(&path)? else { return Ok(None) };
        let read = Registration::from_file(&bytes);
        read.map(Some).map_err(|why| CacheError::InvalidRegistration { path, why })
    }

    /// Writes the token set, whole or not at all.
    ///
    /// # Errors
    /// Fails where the disk refuses; the old one is then still there.
    pub fn write_tokens(&self, tokens: &TokenSet) -> Result<(), CacheError> {
        self.write(TOKENS, &tokens.to_file())
    }

    /// Writes the client registration, whole or not at all.
    ///
    /// # Errors
    /// Fails where the disk refuses; the old one is then still there.
    pub fn write_registration(&self, registration: &Registration) -> Result<(), CacheError> {
        self.write(REGISTRATION, &registration.to_file())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), CacheError> {
        fs::create_private_folder(&self.directory)?;
        Ok(fs::write_private(&self.path(name), bytes)?)
    }

    /// Removes the token set; one that is not there is fine.
    ///
    /// # Errors
    /// Fails where the disk refuses.
    pub fn remove_tokens(&self) -> Result<(), CacheError> {
        Ok(fs::remove(&self.path(TOKENS))?)
    }

    /// Removes the client registration; one that is not there is fine.
    ///
    /// # Errors
    /// Fails where the disk refuses.
    pub fn remove_registration(&self) -> Result<(), CacheError> {
        Ok(fs::remove(&self.path(REGISTRATION))?)
    }

    /// Returns whether there is a token set, whole or not.
    pub fn exists(&self) -> bool {
        self.path(TOKENS).is_file()
    }

    /// Removes what a killed mcpgen left half-written. Only the holder of the lease may: nobody else of ours
    /// writes the token set then. Others do ask for the lease, and what they are about to ask with is new.
    pub fn sweep(&self) {
        [TOKENS, REGISTRATION].iter().for_each(|name| fs::sweep(&self.path(name)));
        fs::sweep_those(&self.path(LEASE), &super::lease::is_dead);
    }

    /// Lists the files that others than their owner can read.
    pub fn exposed(&self) -> Vec<Utf8PathBuf> {
        let paths = [TOKENS, REGISTRATION].map(|name| self.path(name));
        paths.into_iter().filter(|path| fs::is_exposed(path)).collect()
    }
}

#[cfg(test)]
mod tests;
