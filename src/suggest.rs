//! Commands that mcpgen suggests. Every one of them is built here, so that pasting it into a shell runs that
//! command and nothing else, whatever a path or a name in it looks like.

use std::fmt;

use camino::{Utf8Path, Utf8PathBuf};

pub use self::quote::quote_for_posix;
use self::quote::{is_lost, quote};
use crate::display::clean;
use crate::paths::{Environment, Os, native};

mod quote;

/// Holds a suggested command. It is displayed between backticks, each of its words quoted for the shell. A command
/// with a word that cannot be copied from a terminal is not displayed: the words of [`Self::or`] take its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShellCommand {
    start: String,
    options: Vec<Word>,
    operands: Vec<Word>,
    end: String,
    otherwise: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Word {
    Text(String),
    // A path below the home directory: the shell replaces the `~`, and the rest is quoted.
    BelowHome(String),
    // An option and its value in one word, for a value that would be read as an option.
    Joined(String, String),
}

impl Word {
    fn path(path: &Utf8Path, env: &Environment) -> Self {
        match path.strip_prefix(&env.home) {
            // No shell of Windows passes a program the home directory for a `~`.
            Ok(rest) if !rest.as_str().is_empty() && env.os != Os::Windows => {
                Self::BelowHome(rest.as_str().to_owned())
            }
            Ok(_) | Err(_) if path.as_str().starts_with('-') => Self::Text(format!("./{path}")),
            Ok(_) | Err(_) => Self::Text(native(path).into_string()),
        }
    }

    fn is_like_an_option(&self) -> bool {
        matches!(self, Self::Text(text) if text.starts_with('-'))
    }

    fn quoted(&self) -> String {
        match self {
            Self::Text(text) => quote(text),
            Self::BelowHome(rest) => format!("~/{}", quote(rest)),
            Self::Joined(name, value) => format!("{name}={}", quote(value)),
        }
    }
}

impl ShellCommand {
    /// Starts a command with fixed words: `chmod 600`.
    pub fn new(words: &'static str) -> Self {
        Self::starting(words.to_owned())
    }

    fn starting(start: String) -> Self {
        let end = String::new();
        Self { start, options: vec![], operands: vec![], end, otherwise: None }
    }

    /// Adds an option with its value. Options come before all operands.
    #[must_use]
    pub fn option(mut self, name: &str, value: &str) -> Self {
        if value.starts_with('-') {
            self.options.push(Word::Joined(name.to_owned(), value.to_owned()));
        } else {
            self.options.extend([name, value].map(|word| Word::Text(word.to_owned())));
        }
        self
    }

    /// Adds an option whose value is a path.
    #[must_use]
    pub fn path_option(mut self, name: &str, path: &Utf8Path, env: &Environment) -> Self {
        self.options.extend([Word::Text(name.to_owned()), Word::path(path, env)]);
        self
    }

    /// Adds an operand. One that could be read as an option makes `--` precede all operands.
    #[must_use]
    pub fn operand(mut self, text: &str) -> Self {
        self.operands.push(Word::Text(text.to_owned()));
        self
    }

    /// Adds operands.
    #[must_use]
    pub fn operands<'a>(self, texts: impl IntoIterator<Item = &'a str>) -> Self {
        texts.into_iter().fold(self, Self::operand)
    }

    /// Adds a path as an operand.
    #[must_use]
    pub fn path(mut self, path: &Utf8Path, env: &Environment) -> Self {
        self.operands.push(Word::path(path, env));
        self
    }

    /// Ends the command with fixed words, each of which is quoted as the shell needs it.
    #[must_use]
    pub fn ending(mut self, words: &[&str]) -> Self {
        self.end = words.iter().map(|word| format!(" {}", quote(word))).collect();
        self
    }

    /// Sets the words that replace the command if it cannot be displayed.
    #[must_use]
    pub fn or(self, words: impl Into<String>) -> Self {
        Self { otherwise: Some(words.into()), ..self }
    }

    fn line(&self) -> Option<String> {
        let mut line = self.start.clone();
        let dashes = self.operands.iter().any(Word::is_like_an_option);
        let dashes = dashes.then(|| Word::Text("--".to_owned()));
        for word in self.options.iter().chain(&dashes).chain(&self.operands) {
            line.push(' ');
            line.push_str(&word.quoted());
        }
        line.push_str(&self.end);
        // What looks like a secret is masked when the command is displayed.
        (!line.contains(is_lost) && clean(&line) == line).then_some(line)
    }
}

impl fmt::Display for ShellCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line(), &self.otherwise) {
            (Some(line), _) => write!(f, "`{line}`"),
            (None, Some(words)) => f.write_str(words),
            (None, None) => write!(f, "{} with the same options as now", self.start),
        }
    }
}

/// Holds the options that a suggested mcpgen command repeats, so that it works on what the user is working on.
#[derive(Debug, Clone)]
pub struct Suggest {
    env: Environment,
    /// The declaration, unless it is the default one.
    pub file: Option<Utf8PathBuf>,
    /// The directory of client rows and templates, unless it is the default one.
    pub templates: Option<Utf8PathBuf>,
    /// The project.
    pub project: Option<Utf8PathBuf>,
    /// The owner, unless it is the default one.
    pub owner: Option<String>,
    /// Where clients find the declaration, unless that is the declaration's own path.
    pub linked_at: Option<Utf8PathBuf>,
    /// The program that clients start as mcpgen.
    pub mcpgen: Option<String>,
    /// The owner whose entries the user's command takes over.
    pub inherit: Option<String>,
    /// The entries to take over.
    pub adopt: Vec<String>,
    /// Fixed options.
    pub flags: Vec<&'static str>,
    /// The clients to work on, unless all.
    pub clients: Vec<String>,
    /// The sets that the user activates.
    pub sets: Vec<String>,
}

impl Suggest {
    /// Creates one without options.
    pub fn new(env: &Environment) -> Self {
        Self {
            env: env.clone(),
            file: None,
            templates: None,
            project: None,
            owner: None,
            linked_at: None,
            mcpgen: None,
            inherit: None,
            adopt: vec![],
            flags: vec![],
            clients: vec![],
            sets: vec![],
        }
    }

    /// Returns the same for the declaration at a path. The sets are those of one declaration.
    #[must_use]
    pub fn with_file(&self, path: &Utf8Path) -> Self {
        let named = self.env.var("MCPGEN_FILE").is_some();
        let default = !named && path == self.env.default_declaration();
        let file = (!default).then(|| path.to_owned());
        let sets = if file == self.file { self.sets.clone() } else { vec![] };
        Self { file, sets, ..self.clone() }
    }

    /// Returns the same for the entries of an owner. An owner without a name of its own is a declaration.
    #[must_use]
    pub fn with_owner(&self, owner: &str, project: Option<&Utf8Path>) -> Self {
        let path = Utf8Path::new(owner);
        let suggest = Self { project: project.map(Utf8Path::to_owned), ..self.clone() };
        match path.is_absolute() {
            true => Self { owner: None, ..suggest.with_file(path) },
            false => Self { owner: Some(owner.to_owned()), ..suggest },
        }
    }

    /// Suggests a command of mcpgen that reads no declaration; `words` are its name and fixed options.
    pub fn undeclared(&self, words: &'static str) -> ShellCommand {
        let command = ShellCommand::starting(format!("mcpgen {words}"));
        self.paths(command, [("--templates", &self.templates)])
    }

    /// Suggests a command of mcpgen that works on the declaration.
    pub fn mcpgen(&self, words: &'static str) -> ShellCommand {
        let command = self.paths(self.undeclared(words), [("-f", &self.file)]);
        self.sets.iter().fold(command, |command, set| command.option("--set", set))
    }

    /// Suggests a command of mcpgen that works on the same clients' files as the user's command.
    pub fn apply(&self, words: &'static str) -> ShellCommand {
        let command = self.mcpgen(words);
        let paths = [("--project", &self.project), ("--linked-at", &self.linked_at)];
        let mut command = self.paths(command, paths);
        let options = [("--owner", &self.owner), ("--mcpgen", &self.mcpgen)];
        for (name, value) in options {
            if let Some(value) = value {
                command = command.option(name, value);
            }
        }
        command.operands(self.clients.iter().map(String::as_str))
    }

    /// Suggests the user's own command once more, and with one more entry to take over.
    pub fn again(&self, words: &'static str, adopt: Option<&str>) -> ShellCommand {
        let mut command = self.apply(words);
        let flags = self.flags.iter().map(|flag| Word::Text((*flag).to_owned()));
        command.options.extend(flags);
        if let Some(owner) = &self.inherit {
            command = command.option("--inherit", owner);
        }
        let adopt = adopt.filter(|name| !self.adopt.iter().any(|given| given == name));
        let adopt = self.adopt.iter().map(String::as_str).chain(adopt);
        adopt.fold(command, |command, name| command.option("--adopt", name))
    }

    /// Suggests the user's own command once more, with a flag in place of the entries to take over.
    pub fn again_with(&self, words: &'static str, flag: &'static str) -> ShellCommand {
        let mut suggest = Self { adopt: vec![], ..self.clone() };
        suggest.flags.push(flag);
        suggest.again(words, None)
    }

    fn paths<const N: usize>(
        &self,
        command: ShellCommand,
        paths: [(&str, &Option<Utf8PathBuf>); N],
    ) -> ShellCommand {
        let given = paths.into_iter().filter_map(|(name, path)| Some((name, path.as_deref()?)));
        given.fold(command, |command, (name, path)| command.path_option(name, path, &self.env))
    }
}
