//! `refresh --install` and `--uninstall`: shows the files and commands of the timer, asks for confirmation, and
//! performs the change.

use std::io::IsTerminal as _;

use camino::{Utf8Path, Utf8PathBuf};

use crate::auth::cache::{Cache, DIRECTORY_VARIABLE};
use crate::cli::{Exit, Refresh};
use crate::commands::ask::ask;
use crate::commands::{Done, Failure, Invocation, eprint_text, print};
use crate::diagnostic::Diagnostic;
use crate::display::clean;
use crate::fs::output;
use crate::launch::is_found_by_all;
use crate::model::LaunchSettings;
use crate::paths::{Environment, own_program, user_number};
use crate::suggest::ShellCommand;
use crate::timer::{
    FileChange, ManagerCommand, NAME, RefreshTimer, TimerChange, TimerError, TimerManager,
};

/// Installs the timer.
pub fn install(invocation: &Invocation<'_>, flags: &Refresh) -> Done {
    let env = invocation.env;
    let launch = invocation.model(&invocation.table()?)?.launch;
    Cache::find(&launch.env, env).agreed().map_err(|error| Failure::error(&error))?;
    let manager = TimerManager::new(env, user_number());
    let planned = timer(invocation, flags, &launch)
        .and_then(|timer| manager.files(&timer))
        .and_then(|files| TimerChange::install(&manager, env, files));
    let Some(change) = planned.map_err(|error| refused(invocation, &error))? else {
        eprint_text(&format!("the timer `{NAME}` is already installed, and nothing was changed\n"));
        return Ok(Exit::Done);
    };
    let again = invocation.suggest.again("refresh --install --yes", None);
    let again = again.option("--every", &format!("{}min", flags.every));
    if !confirm(invocation, &change, flags.yes, &again)? {
        return Ok(Exit::Error);
    }
    change.carry_out().map_err(|error| refused(invocation, &error))?;
    eprint_text(&format!("installed the timer `{NAME}`, which runs every {} min\n", flags.every));
    Ok(Exit::Done)
}

/// Removes the timer.
pub fn uninstall(invocation: &Invocation<'_>, flags: &Refresh) -> Done {
    let manager = TimerManager::new(invocation.env, user_number());
    let planned = TimerChange::uninstall(&manager, invocation.env);
    let Some(change) = planned.map_err(|error| refused(invocation, &error))? else {
        eprint_text(&format!("there is no timer `{NAME}`, and nothing was changed\n"));
        return Ok(Exit::Done);
    };
    let again = invocation.suggest.undeclared("refresh --uninstall --yes");
    if !confirm(invocation, &change, flags.yes, &again)? {
        return Ok(Exit::Error);
    }
    change.carry_out().map_err(|error| {
        let fault = Diagnostic::of_error(&error);
        let remove = change.files.iter().fold(ShellCommand::new("rm"), |command, file| {
            command.path(&file.path, invocation.env)
        });
        fault.help(format!("to remove the files, run {remove}"))
    })?;
    eprint_text(&format!("removed the timer `{NAME}`\n"));
    Ok(Exit::Done)
}

fn timer(
    invocation: &Invocation<'_>,
    flags: &Refresh,
    launch: &LaunchSettings,
) -> Result<RefreshTimer, TimerError> {
    let env = invocation.env;
    let program = program(launch, env).ok_or(TimerError::NoProgram)?;
    let mut argv = vec![program.into_string(), "refresh".to_owned()];
    let mut option = |name: &str, path: Utf8PathBuf| {
        argv.extend([name.to_owned(), path.into_string()]);
    };
    let declaration = invocation.declaration_path();
    if !is_found_by_all(&declaration, env) {
        option("-f", declaration);
    }
    // The service manager does not see the XDG_CONFIG_HOME of a shell.
    let default = Environment::bare(env.os, &env.home).config_dir();
    let shells = (env.config_dir() != default).then(|| env.config_dir().join("templates"));
    let shells = shells.filter(|directory| directory.is_dir());
    let given = invocation.global.templates.as_deref().map(|directory| env.absolute(directory));
    if let Some(directory) = given.or(shells) {
        option("--templates", directory);
    }
    if flags.allow_private {
        argv.push("--allow-private".to_owned());
    }
    let sets = invocation.global.sets.iter();
    argv.extend(sets.flat_map(|set| ["--set".to_owned(), set.clone()]));
    let declared = launch.env.contains_key(DIRECTORY_VARIABLE);
    let directory = env.var(DIRECTORY_VARIABLE).filter(|_| !declared);
    let directory = directory.map(|directory| env.absolute(directory.into()).into_string());
    let variables = directory.map(|directory| (DIRECTORY_VARIABLE.to_owned(), directory));
    Ok(RefreshTimer { argv, variables: variables.into_iter().collect(), minutes: flags.every })
}

// Returns the program that clients start. Its path on PATH stays valid after an update, but the path of this process
// may not.
fn program(launch: &LaunchSettings, env: &Environment) -> Option<Utf8PathBuf> {
    let named = Utf8PathBuf::from(env.expand_tilde(&launch.mcpgen));
    let found = match named.as_str().contains(['/', '\\']) {
        true => Some(named).filter(|path| path.is_absolute() && path.is_file()),
        false => env.find_program(named.as_str()),
    };
    found.or_else(own_program)
}

// Shows the change, and returns whether the user confirms it.
fn confirm(
    invocation: &Invocation<'_>,
    change: &TimerChange<'_>,
    yes: bool,
    again: &ShellCommand,
) -> Result<bool, Failure> {
    print(&preview(change, invocation.env))?;
    if yes {
        return Ok(true);
    }
    if !std::io::stdin().is_terminal() {
        let fault = Diagnostic::error("nothing was changed, because stdin is not a terminal");
        return Err(Failure::usage(fault.help(format!("to change it, run {again}"))));
    }
    let agreed = ask("continue?", false);
    if !agreed {
        eprint_text("nothing was changed\n");
    }
    Ok(agreed)
}

fn preview(change: &TimerChange<'_>, env: &Environment) -> String {
    let run = |command: &&ManagerCommand| format!("run {}\n", command.typed());
    let write = |file: &FileChange| {
        let FileChange { path, before, after } = file;
        let path = env.display(Utf8Path::new(path));
        match (before, after) {
            (_, None) => format!("remove {path}\n"),
            (None, Some(text)) => format!("create {path}\n{}", indented(text)),
            (Some(_), Some(text)) => format!("replace {path}\n{}", indented(text)),
        }
    };
    let lines = change.first.iter().map(run).chain(change.files.iter().map(write));
    lines.chain(change.last.iter().map(run)).collect()
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {}\n", clean(line)).replace("  \n", "\n")).collect()
}

fn refused(invocation: &Invocation<'_>, error: &TimerError) -> Failure {
    let fault = Diagnostic::of_error(error);
    let again = "and run this command again";
    match error {
        TimerError::Edited(path) => {
            let remove = ShellCommand::new("rm").path(path, invocation.env);
            fault.help(format!("remove it with {remove}, {again}"))
        }
        TimerError::Foreign(path) => {
            let aside = Utf8PathBuf::from(format!("{path}.old"));
            let aside = output::unused(&aside, &invocation.env.cwd);
            let rename = ShellCommand::new("mv").path(path, invocation.env);
            let rename = rename.path(&aside, invocation.env);
            fault.help(format!("rename it with {rename}, {again}"))
        }
        TimerError::NoManager(_) | TimerError::Failed { .. } => {
            let refresh = invocation.suggest.again("refresh", None);
            fault.help(format!("run {refresh} with another scheduler, for example cron"))
        }
        TimerError::Fs(_)
        | TimerError::NoProgram
        | TimerError::ManagedByNix(_)
        | TimerError::Active(_)
        | TimerError::Overtaken(_)
        | TimerError::Inexpressible { .. }
        | TimerError::Variable(_) => fault,
    }
    .into()
}
