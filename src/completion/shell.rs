//! The shells: their scripts, and the files in which they look for completions.

use camino::{Utf8Path, Utf8PathBuf};
use clap::ValueEnum;

use crate::paths::{Environment, Os};
use crate::suggest::ShellCommand;

/// A shell with completions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// Bash
    Bash,
    /// Zsh
    Zsh,
    /// Fish
    Fish,
    /// Nushell, 0.108 or newer
    Nushell,
    /// Elvish
    Elvish,
    /// PowerShell
    #[value(name = "powershell")]
    Pwsh,
}

impl Shell {
    /// All shells.
    pub const ALL: [Self; 6] =
        [Self::Bash, Self::Zsh, Self::Fish, Self::Nushell, Self::Elvish, Self::Pwsh];

    /// Returns the name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
            Self::Nushell => "nushell",
            Self::Elvish => "elvish",
            Self::Pwsh => "powershell",
        }
    }

    /// Returns the shell of a program, for example of the variable `SHELL`.
    pub fn of_program(program: &str) -> Option<Self> {
        let name = Utf8Path::new(program).file_stem()?;
        match name {
            "nu" => Some(Self::Nushell),
            "pwsh" => Some(Self::Pwsh),
            _ => Self::ALL.into_iter().find(|shell| shell.name() == name),
        }
    }

    /// Returns the completion script.
    pub fn script(self) -> &'static str {
        match self {
            Self::Bash => include_str!("scripts/mcpgen.bash"),
            Self::Zsh => include_str!("scripts/mcpgen.zsh"),
            Self::Fish => include_str!("scripts/mcpgen.fish"),
            Self::Nushell => include_str!("scripts/mcpgen.nu"),
            Self::Elvish => include_str!("scripts/mcpgen.elv"),
            Self::Pwsh => include_str!("scripts/mcpgen.ps1"),
        }
    }

    /// Returns the file in which the shell looks for the completions of mcpgen, if there is such a file. Each rule is
    /// the one in the documentation of the shell.
    pub fn file(self, env: &Environment) -> Option<Utf8PathBuf> {
        let data = data_home(env);
        Some(match self {
            // bash-completion, README.md: BASH_COMPLETION_USER_DIR, else bash-completion in the data directory.
            Self::Bash => bash_directory(env)
                .unwrap_or_else(|| data.join("bash-completion"))
                .join("completions/mcpgen"),
            // zsh has no directory of the user in `fpath`.
            Self::Zsh => data.join("zsh/site-functions/_mcpgen"),
            // fish, "Where to put completions": the user's own directory.
            Self::Fish => env.config_home().join("fish/completions/mcpgen.fish"),
            // Nushell, `$nu.vendor-autoload-dirs`: the last directory is in `$nu.data-dir`.
            Self::Nushell => nushell_directory(env).join("vendor/autoload/mcpgen.nu"),
            // Elvish, "Module search directories"; a module takes effect if rc.elv uses it.
            Self::Elvish => data.join("elvish/lib/mcpgen-completions.elv"),
            Self::Pwsh => return None,
        })
    }

    /// Returns what to add to a file of the user so that the shell reads the completions, and the name of that file.
    pub fn remaining(self, env: &Environment) -> Option<(String, &'static str)> {
        let file = self.file(env);
        let directory = file.as_deref().and_then(Utf8Path::parent);
        match self {
            Self::Zsh => {
                let directory = directory?;
                let searched = env.var("FPATH").is_some_and(|path| {
                    path.split(':').any(|searched| searched == directory.as_str())
                });
                let line = format!("fpath=({} $fpath)", env.display(directory));
                (!searched).then_some((line, ".zshrc, before compinit"))
            }
            Self::Elvish => Some(("use mcpgen-completions".to_owned(), "rc.elv")),
            Self::Pwsh => Some((
                ShellCommand::new("mcpgen completions powershell | Out-String | Invoke-Expression")
                    .to_string(),
                "the file that $PROFILE names",
            )),
            Self::Bash | Self::Fish | Self::Nushell => None,
        }
    }
}

fn data_home(env: &Environment) -> Utf8PathBuf {
    let named = env.var("XDG_DATA_HOME").map(Utf8PathBuf::from);
    named.filter(|path| path.is_absolute()).unwrap_or_else(|| env.home.join(".local/share"))
}

// Since bash-completion 2.12, the variable can name several directories.
fn bash_directory(env: &Environment) -> Option<Utf8PathBuf> {
    let named = env.var("BASH_COMPLETION_USER_DIR")?.split(':').find(|path| !path.is_empty())?;
    Some(Utf8PathBuf::from(named)).filter(|path| path.is_absolute())
}

fn nushell_directory(env: &Environment) -> Utf8PathBuf {
    let named = env.var("XDG_DATA_HOME").is_some();
    match env.os {
        Os::Macos if !named => env.home.join("Library/Application Support/nushell"),
        Os::Windows if !named => {
            let data = env.var("APPDATA").map(Utf8PathBuf::from);
            data.unwrap_or_else(|| env.home.join("AppData/Roaming")).join("nushell")
        }
        Os::Linux | Os::Macos | Os::Windows => data_home(env).join("nushell"),
    }
}
