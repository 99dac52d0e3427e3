//! The log of `--debug`: beside the cache, one file a server, as mcp-remote has it.

use camino::Utf8PathBuf;

use crate::auth::cache::Cache;
use crate::auth::now;
use crate::bridge::options::BridgeOptions;
use crate::fs;
use crate::paths::Environment;

/// Holds where the log is, if there is one.
#[derive(Debug)]
pub struct Log(Option<Utf8PathBuf>);

/// Finds the log.
pub fn open(env: &Environment, options: &BridgeOptions) -> Log {
    let path = || {
        let folder = Cache::find(&[].into(), env).directory().to_owned();
        fs::create_private_folder(&folder).ok()?;
        Some(folder.join(format!("{}_debug.log", options.call.key())))
    };
    Log(options.debug.then(path).flatten())
}

impl Log {
    /// Writes a line. What cannot be written is not worth an error.
    pub fn write(&self, text: &str, debug: bool) {
        if let Some(path) = &self.0 {
            let kind = if debug { "debug" } else { "said" };
            let line = format!("{} {} {kind}: {text}\n", now(), std::process::id());
            fs::append_private(path, line.as_bytes()).ok();
        }
    }
}
