//! The question where the secrets in the clients' files are kept from now on.

use super::super::secret::with_timeout;
use super::super::{count, eprint_text};
use super::SetupRun;
use crate::display::{clean, first_names};
use crate::import::{Import, SecretPolicy};
use crate::secret_store::{dotenv, keyring};

/// What becomes of the secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretChoice {
    /// They move.
    Move(SecretPolicy),
    /// They stay, and their servers are not declared.
    Leave,
    /// The person wants to stop.
    Stop,
}

/// Asks, if there are secrets.
pub fn choose(session: &SetupRun<'_>, import: &Import) -> SecretChoice {
    let names: Vec<String> =
        import.keyring.keys().chain(&import.inputs).map(|it| clean(it)).collect();
    if names.is_empty() {
        return SecretChoice::Move(SecretPolicy::Env);
    }
    if let Some(keep) = session.flags.secrets {
        return SecretChoice::Move(Some(keep).into());
    }
    let file = session.invocation.env.display(&dotenv::own_file(session.invocation.env));
    let mut stores = vec![
        (SecretPolicy::Keyring, "the system's keyring".to_owned()),
        (SecretPolicy::File, format!("{file}, which only you can read")),
        (SecretPolicy::Env, "environment variables, which you set yourself".to_owned()),
    ];
    if with_timeout(keyring::find).is_err() {
        stores.remove(0);
    }
    let shown = first_names(names.iter().map(String::as_str));
    eprint_text(&format!(
        "\n{} in the clients' files: {shown}\nwhere do you want to keep what is secret?\n",
        count(names.len(), "secret")
    ));
    for (at, (_, store)) in stores.iter().enumerate() {
        eprint_text(&format!("  {}  {store}\n", at + 1));
    }
    eprint_text("  n  leave these servers as they are\n");
    let choices = ["1", "2", "3"].into_iter().take(stores.len()).chain(["n", "q"]);
    let choices: Vec<&str> = choices.collect();
    match session.questions.choose("your choice", &choices, 0) {
        Some("n") => SecretChoice::Leave,
        Some("q") | None => SecretChoice::Stop,
        Some(number) => {
            let at = choices.iter().position(|choice| *choice == number).unwrap_or_default();
            SecretChoice::Move(stores[at].0)
        }
    }
}
