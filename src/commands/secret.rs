//! `secret`: manages the keyring entries that `keyring:NAME` refers to.

use std::io::{IsTerminal as _, Read as _};

use serde_json::json;
use zeroize::Zeroizing;

use super::{Done, Failure, Invocation, eprint_text, print};
use crate::cli::{Exit, SecretCommand as Flags};
use crate::diagnostic::Diagnostic;
use crate::display::escaped;
use crate::model::DEFAULT_SECRET_TIMEOUT;
use crate::secret::{MAX_SECRET_BYTES, Secret};
use crate::secret_store::{Deadline, SecretError, keyring};
use crate::suggest::ShellCommand;

pub fn run(invocation: &Invocation<'_>, flags: Flags) -> Done {
    match flags {
        Flags::Set { name, stdin } => set(invocation, &name, stdin),
        Flags::Get { name, reveal } => get(&name, reveal),
        Flags::Rm { name } => {
            let gone = name.clone();
            with_timeout(move || keyring::remove(&gone)).map_err(|error| failure(&name, &error))?;
            Ok(Exit::Done)
        }
        Flags::List { json } => list(json),
    }
}

fn set(invocation: &Invocation<'_>, name: &str, stdin: bool) -> Done {
    let piped = stdin || !std::io::stdin().is_terminal();
    let secret = if piped { read_stdin(name)? } else { prompt(name)? };
    let kept = name.to_owned();
    with_timeout(move || keyring::set(&kept, &secret)).map_err(|error| failure(name, &error))?;
    if invocation.terminal.person {
        eprint_text(&format!("stored; write it in the declaration as \"keyring:{name}\"\n"));
    }
    Ok(Exit::Done)
}

fn read_stdin(name: &str) -> Result<Secret, Failure> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_SECRET_BYTES + 1));
    std::io::stdin().lock().take(MAX_SECRET_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    let secret = if bytes.len() > MAX_SECRET_BYTES {
        Err(SecretError::TooLong)
    } else {
        Secret::from_bytes(&bytes).map_err(SecretError::from)
    };
    secret.map_err(|error| {
        if !matches!(error, SecretError::Empty) {
            return failure(name, &error);
        }
        let pipe = command("mcpgen secret set --stdin", name);
        empty()
            .help(format!("pipe the secret into {pipe}, or run that command in a terminal"))
            .into()
    })
}

fn empty() -> Diagnostic {
    Diagnostic::error("the secret is empty").note("nothing was stored")
}

fn prompt(name: &str) -> Result<Secret, Failure> {
    // Nobody should type a secret that cannot be stored.
    with_timeout(keyring::find).map_err(|error| failure(name, &error))?;
    let typed = rpassword::prompt_password(format!("secret for `{name}` (hidden): "));
    let typed = typed.map_err(|error| {
        Diagnostic::error(format!("cannot prompt for the secret `{name}`: {error}"))
            .help(format!("pipe the secret into {}", command("mcpgen secret set --stdin", name)))
    })?;
    let typed = Zeroizing::new(typed);
    Secret::from_bytes(typed.as_bytes()).map_err(|_| empty().into())
}

fn get(name: &str, reveal: bool) -> Done {
    if std::io::stdout().is_terminal() && !reveal {
        return Err(Failure::usage(
            Diagnostic::error("a secret is not printed to a terminal").help(format!(
                "pipe the output, or run {}",
                command("mcpgen secret get --reveal", name)
            )),
        ));
    }
    let wanted = name.to_owned();
    let secret =
        with_timeout(move || keyring::get(&wanted)).map_err(|error| failure(name, &error))?;
    print(&Zeroizing::new(format!("{}\n", secret.expose())))?;
    Ok(Exit::Done)
}

fn command(words: &'static str, name: &str) -> ShellCommand {
    ShellCommand::new(words).operand(name).or(format!("{words} with that name"))
}

fn list(json: bool) -> Done {
    let names = with_timeout(keyring::list).map_err(|error| Failure::error(&error))?;
    print(&if json {
        format!("{}\n", escaped(&json!(names).to_string()))
    } else {
        names.iter().map(|name| crate::display::printable(name) + "\n").collect()
    })?;
    Ok(Exit::Done)
}

pub fn with_timeout<T: Send + 'static>(
    call: impl FnOnce() -> Result<T, SecretError> + Send + 'static,
) -> Result<T, SecretError> {
    Deadline::new(DEFAULT_SECRET_TIMEOUT).limit(call)
}

pub fn failure(name: &str, error: &SecretError) -> Failure {
    Diagnostic::error(format!("`keyring:{name}`: {error}")).explained_by(error).into()
}
