//! Reads the declarations that entries name, each once, and finds the server that `mcpgen exec` would start.

use std::collections::BTreeMap;
use std::rc::Rc;

use camino::{Utf8Path, Utf8PathBuf};

use super::reach::{Declared, EntryReach, NotDeclared};
use crate::declaration::{Declaration, Includes};
use crate::diagnostic::Diagnostic;
use crate::fs::{self, FsError};
use crate::launch::Launcher;
use crate::model;
use crate::paths::Environment;

/// The declarations that have been read (`None` if one does not exist), and the servers found in them.
#[derive(Default)]
pub struct Declarations {
    read: BTreeMap<Utf8PathBuf, DeclarationResult>,
    found: BTreeMap<(Utf8PathBuf, String), Result<Rc<Declared>, NotDeclared>>,
}

type DeclarationResult = Result<Option<(Declaration, Vec<Diagnostic>)>, FsError>;

impl Declarations {
    /// Finds the launch of a server.
    ///
    /// # Errors
    /// Fails if `mcpgen exec` would fail.
    pub fn start(
        &mut self,
        path: &Utf8Path,
        server: &str,
        env: &Environment,
    ) -> Result<Rc<Declared>, NotDeclared> {
        let key = (path.to_owned(), server.to_owned());
        if let Some(found) = self.found.get(&key) {
            return found.clone();
        }
        let found = self.look_up(path, server, env).map(Rc::new);
        self.found.insert(key, found.clone());
        found
    }

    fn look_up(
        &mut self,
        path: &Utf8Path,
        server: &str,
        env: &Environment,
    ) -> Result<Declared, NotDeclared> {
        let read = self.read.entry(path.to_owned()).or_insert_with(|| read(path, env));
        let (declaration, errors) = match read {
            Ok(Some(read)) => read,
            Ok(None) => return Err(NotDeclared::NoFile(path.to_owned())),
            Err(error) => return Err(NotDeclared::Unreadable(error.to_string())),
        };
        let faulty = |error: &Diagnostic| NotDeclared::Faulty(error.title());
        if let Some(error) = errors.iter().find(|error| declaration.concerns(server, error)) {
            return Err(faulty(error));
        }
        let start = match model::build_for_start(declaration, server) {
            Ok(Some(start)) if start.enabled => start,
            Ok(Some(_)) => return Err(NotDeclared::Off(server.to_owned())),
            Ok(None) => return Err(NotDeclared::NoServer(server.to_owned())),
            Err(errors) => {
                let unsaid = || NotDeclared::NoServer(server.to_owned());
                return Err(errors.first().map_or_else(unsaid, faulty));
            }
        };
        let command = Launcher::for_start(&start.launch, env).start(&start.server).command;
        let reach = EntryReach::from_command(command, env);
        Ok(Declared { start, reach })
    }
}

fn read(path: &Utf8Path, env: &Environment) -> DeclarationResult {
    let Some(bytes) = fs::read(path)? else { return Ok(None) };
    let text = String::from_utf8_lossy(&bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let includes = Includes { env, path, project: None };
    Ok(Some(includes.read(Declaration::parse(path.as_str(), text))))
}
