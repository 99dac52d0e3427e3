//! `secret`: the keyring's entries that `keyring:NAME` leads to.

use std::io::{IsTerminal as _, Read as _};

use serde_json::json;
use zeroize::Zeroizing;

use super::{Done, Failure, Rim, print, tell};
use crate::cli::{Exit, SecretCommand as Flags};
use crate::diagnostic::Diagnostic;
use crate::model::DEFAULT_SECRET_TIMEOUT;
use crate::secret::resolve::{Deadline, MAX_BYTES, within};
use crate::secret::{Secret, SecretError, keyring};
use crate::suggest::ShellCommand;

pub fn run(rim: &Rim<'_>, flags: Flags) -> Done {
    match flags {
        Flags::Set { name, stdin } => set(rim, &name, stdin),
        Flags::Get { name, reveal } => get(&name, reveal),
        Flags::Rm { name } => {
            let gone = name.clone();
            asked(move || keyring::remove(&gone)).map_err(|error| failure(&name, &error))?;
            Ok(Exit::Done)
        }
        Flags::List { json } => list(json),
    }
}

fn set(rim: &Rim<'_>, name: &str, stdin: bool) -> Done {
    let secret = if stdin { read(name)? } else { ask(name)? };
    let kept = name.to_owned();
    asked(move || keyring::set(&kept, &secret)).map_err(|error| failure(name, &error))?;
    if rim.terminal.person {
        tell(&format!("kept; a declaration names it \"keyring:{name}\"\n"));
    }
    Ok(Exit::Done)
}

fn read(name: &str) -> Result<Secret, Failure> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_BYTES + 1));
    std::io::stdin().lock().take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    let secret = if bytes.len() > MAX_BYTES {
        Err(SecretError::TooLong)
    } else {
        Secret::from_bytes(&bytes)
    };
    secret.map_err(|error| failure(name, &error))
}

fn ask(name: &str) -> Result<Secret, Failure> {
    let typed = rpassword::prompt_password(format!("secret for `{name}`, not shown: "));
    let typed = typed.map_err(|error| {
        Diagnostic::error(format!("nobody can be asked for `{name}`: {error}"))
            .help(format!("pipe it into {}", command("mcpgen secret set --stdin", name)))
    })?;
    let typed = Zeroizing::new(typed);
    Secret::from_bytes(typed.as_bytes())
        .map_err(|_| Diagnostic::error("nothing was typed, so nothing is kept").into())
}

fn get(name: &str, reveal: bool) -> Done {
    if std::io::stdout().is_terminal() && !reveal {
        return Err(Failure::usage(
            Diagnostic::error("a secret is not shown on a terminal").help(format!(
                "pipe it on, or run {}",
                command("mcpgen secret get --reveal", name)
            )),
        ));
    }
    let wanted = name.to_owned();
    let secret = asked(move || keyring::get(&wanted)).map_err(|error| failure(name, &error))?;
    print(&Zeroizing::new(format!("{}\n", secret.expose())))?;
    Ok(Exit::Done)
}

fn command(words: &'static str, name: &str) -> ShellCommand {
    ShellCommand::new(words).operand(name).or(format!("{words} with that name"))
}

fn list(json: bool) -> Done {
    let names = asked(keyring::list)
        .map_err(|error| Diagnostic::error(error.to_string()).help(error.help()))?;
    print(&if json {
        format!("{}\n", json!(names))
    } else {
        names.iter().map(|name| crate::diagnostic::printable(name) + "\n").collect()
    })?;
    Ok(Exit::Done)
}

pub fn asked<T: Send + 'static>(
    done: impl FnOnce() -> Result<T, SecretError> + Send + 'static,
) -> Result<T, SecretError> {
    within(Deadline::new(DEFAULT_SECRET_TIMEOUT), done)
}

pub fn failure(name: &str, error: &SecretError) -> Failure {
    Diagnostic::error(format!("`keyring:{name}`: {error}")).help(error.help()).into()
}
