//! The input of every command: the environment, the terminal, the global options, and the files that they name.

use camino::{Utf8Path, Utf8PathBuf};

use super::{Failure, Terminal};
use crate::cli::{Global, ProjectToRead};
use crate::client::{ClientHomes, ClientTable};
use crate::declaration::{Declaration, Includes};
use crate::diagnostic::{Diagnostic, line_column};
use crate::display::list;
use crate::fs::{self, FsError};
use crate::launch::Launcher;
use crate::model::{self, Machine, Model};
use crate::paths::Environment;
use crate::render::RenderError;
use crate::similar::similar_name;
use crate::suggest::Suggest;

/// One run of mcpgen.
pub struct Invocation<'a> {
    /// The environment.
    pub env: &'a Environment,
    /// The streams.
    pub terminal: &'a Terminal,
    /// The options of every command.
    pub global: &'a Global,
    /// The user's options that suggested commands repeat.
    pub suggest: Suggest,
}

impl Invocation<'_> {
    // The number of columns for a table. A script may set COLUMNS too.
    pub fn width(&self) -> usize {
        const USUAL: usize = 80;
        const LEAST: usize = 60;
        const MOST: usize = 160;
        let named = self.env.var("COLUMNS").and_then(|columns| columns.parse().ok());
        let seen = self.terminal.columns.filter(|_| self.terminal.seen).map(usize::from);
        let columns = named.or(seen).filter(|columns| *columns > 0).unwrap_or(USUAL);
        columns.clamp(LEAST, MOST)
    }

    // Whether a line on stderr can be overwritten, as a spinner does.
    pub fn is_animated(&self) -> bool {
        self.terminal.person && self.env.var("TERM") != Some("dumb")
    }

    pub fn declaration_path(&self) -> Utf8PathBuf {
        let from_env = || self.env.var("MCPGEN_FILE").map(Utf8PathBuf::from);
        let named = self.global.file.clone().or_else(from_env);
        self.env.absolute(&named.unwrap_or_else(|| self.env.default_declaration()))
    }

    pub fn table(&self) -> Result<ClientTable, Failure> {
        let default = self.env.config_dir().join("templates");
        let directory = match &self.global.templates {
            Some(directory) if directory.is_dir() => Some(directory.clone()),
            Some(directory) => {
                let fault = Diagnostic::error(format!("directory `{directory}` not found"));
                return Err(Failure::usage(
                    fault
                        .help("`--templates` expects a directory with clients.toml and *.j2 files"),
                ));
            }
            None => {
                (fs::leads_somewhere(self.env, &default) && default.is_dir()).then_some(default)
            }
        };
        Ok(ClientTable::load(directory.as_deref())?)
    }

    pub fn declaration(&self) -> Result<(Declaration, Vec<Diagnostic>), Failure> {
        let path = self.declaration_path();
        let shown = self.env.display(&path);
        let most = usize::try_from(fs::MAX_BYTES).unwrap_or(usize::MAX);
        let given = fs::read_given(&path, most).map_err(|error| {
            if !matches!(error, FsError::IsDirectory(_)) {
                return Failure::error(&error);
            }
            Diagnostic::error(format!("`{shown}` is a directory, not a file"))
                .help("name a file with `--file`")
                .into()
        })?;
        let init = self.suggest.mcpgen("init").or("mcpgen init and the same `--file`");
        let missing = || {
            Diagnostic::error(format!("the declaration `{shown}` does not exist")).help(format!(
                "write a declaration with {init}, or name another file with `--file`"
            ))
        };
        // Show the name that the user typed. A byte order mark is not part of the content.
        let name = self.global.file.as_ref().map_or(shown.clone(), ToString::to_string);
        let bytes = given.ok_or_else(missing)?.bytes.to_vec();
        let text = String::from_utf8(bytes).map_err(|error| {
            let (bytes, at) = (error.as_bytes(), error.utf8_error().valid_up_to());
            let place = line_column(&String::from_utf8_lossy(&bytes[..at]), at);
            Diagnostic::error(format!("`{name}` is not UTF-8"))
                .in_file(&name, Some(place))
                .help("save the file as UTF-8")
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        Ok(self.with_includes(Declaration::parse(&name, text)))
    }

    /// Reads the files that a declaration includes. If clients find the declaration by a link, the paths are relative to
    /// the link.
    pub fn with_includes(
        &self,
        declaration: (Declaration, Vec<Diagnostic>),
    ) -> (Declaration, Vec<Diagnostic>) {
        let path = self.declaration_path();
        let path = self.suggest.linked_at.as_ref().map_or(path, |link| self.env.absolute(link));
        let project = self.suggest.project.as_deref();
        Includes { env: self.env, path: &path, project }.read(declaration)
    }

    pub fn model(&self, table: &ClientTable) -> Result<Model, Failure> {
        self.model_for(table, Machine::here(self.env, &self.suggest.sets))
    }

    fn model_for(&self, table: &ClientTable, machine: Machine) -> Result<Model, Failure> {
        let (declaration, mut faults) = self.declaration()?;
        let built = model::build_for(machine, &declaration, table, (self.env, &self.suggest));
        match built {
            Ok(model) if faults.is_empty() => return self.with_known_sets(model),
            Ok(_) => {}
            Err(found) => faults.extend(found),
        }
        faults.sort_by_key(Diagnostic::offset);
        Err(faults.into())
    }

    // A misspelled set would activate nothing, silently.
    fn with_known_sets(&self, model: Model) -> Result<Model, Failure> {
        let unknown = self.suggest.sets.iter().find(|set| !model.sets.contains(*set));
        let Some(set) = unknown else { return Ok(model) };
        let names = || model.sets.iter().map(String::as_str);
        let error = Diagnostic::error(format!("no server has the set `{set}`"));
        let error = match similar_name("a set", set, names()) {
            Some(help) => error.help(help),
            None if model.sets.is_empty() => {
                error.help("add servers to a set, for example with sets = [\"work\"]")
            }
            None => error.help(format!("the sets are {}", list(&names().collect::<Vec<_>>()))),
        };
        Err(Failure::usage(error))
    }

    // The clients start `program`, unless the declaration names another mcpgen.
    pub fn model_starting(
        &self,
        table: &ClientTable,
        program: Option<&String>,
        machine: Machine,
    ) -> Result<Model, Failure> {
        let mut model = self.model_for(table, machine)?;
        let Some(program) = program else { return Ok(model) };
        let (declaration, _) = self.declaration()?;
        let launch = declaration.fields().table("launch");
        if launch.is_none_or(|launch| launch.string("mcpgen").is_none()) {
            model.launch.mcpgen.clone_from(program);
        }
        Ok(model)
    }

    pub fn project_to_read(&self, given: &ProjectToRead) -> Utf8PathBuf {
        let current = || self.env.cwd.clone();
        given.directory.as_deref().map_or_else(current, |directory| self.env.absolute(directory))
    }

    // The homes are also known if the declaration has errors, which are reported separately.
    pub fn homes(&self, table: &ClientTable) -> ClientHomes {
        let Ok((declaration, _)) = self.declaration() else { return ClientHomes::default() };
        model::homes(&declaration, table, self.env, &self.suggest)
    }

    // A clash in `extra` is an error of the declaration, but only a template shows it.
    pub fn unrendered(&self, error: &RenderError) -> Diagnostic {
        let RenderError::Clash { client, server, field } = error else {
            return Diagnostic::error(error.to_string());
        };
        let fault = Diagnostic::error(format!("`{field}` is a field that mcpgen writes itself"))
            .note("`extra` can set only fields that mcpgen does not write");
        let Ok((declaration, _)) = self.declaration() else { return fault };
        match declaration.extra_span(server, client, field) {
            Some(span) => declaration.sources.point(fault, span, "not for `extra`"),
            None => fault,
        }
    }

    // Clients get the path of the declaration, or the path of the link to it.
    pub fn launcher<'m>(
        &self,
        model: &'m Model,
        env: &'m Environment,
        linked_at: Option<&Utf8Path>,
    ) -> Result<Launcher<'m>, Failure> {
        let path = linked_at.map_or_else(|| self.declaration_path(), Utf8Path::to_owned);
        Launcher::new(model, env, &path).map_err(|error| Failure::error(&error))
    }
}
