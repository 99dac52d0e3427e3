//! The environment variables that resolving a reference reads. A client that clears the environment must pass them.

use crate::paths::{required_variables_in, variables_in};
use crate::secret::SecretLocation;

// The session bus, through which programs reach the keyring.
const KEYRING: &[&str] = &["DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"];
// 1Password's documentation, "1Password CLI environment variables"; its app is reached through the runtime directory.
const ONE_PASSWORD: &[&str] = &[
    "OP_ACCOUNT",
    "OP_CONFIG_DIR",
    "OP_CONNECT_HOST",
    "OP_CONNECT_TOKEN",
    "OP_SERVICE_ACCOUNT_TOKEN",
    "XDG_CONFIG_HOME",
    "XDG_RUNTIME_DIR",
];
// pass(1), "Environment Variables", and what gpg passes to the program that asks for a passphrase.
const PASS: &[&str] = &[
    "DBUS_SESSION_BUS_ADDRESS",
    "DISPLAY",
    "GNUPGHOME",
    "GPG_TTY",
    "PASSWORD_STORE_DIR",
    "PASSWORD_STORE_GPG_OPTS",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "XDG_RUNTIME_DIR",
];
// Those of the above that decide which secrets are found.
const ONE_PASSWORD_CREDENTIALS: &[&str] =
    &["OP_CONNECT_HOST", "OP_CONNECT_TOKEN", "OP_SERVICE_ACCOUNT_TOKEN"];
const PASS_DIRECTORIES: &[&str] = &["GNUPGHOME", "PASSWORD_STORE_DIR"];
// What any program may use to find its files, its agent and the person's screen.
const ANY_PROGRAM: &[&str] = &[
    "DBUS_SESSION_BUS_ADDRESS",
    "DISPLAY",
    "GNUPGHOME",
    "SSH_AUTH_SOCK",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_RUNTIME_DIR",
];
// What the documentation of some programs names in addition.
const PROGRAMS: [(&str, &[&str]); 10] = [
    ("aws", &["AWS_CONFIG_FILE", "AWS_PROFILE", "AWS_REGION", "AWS_SHARED_CREDENTIALS_FILE"]),
    ("bw", &["BITWARDENCLI_APPDATA_DIR", "BW_SESSION"]),
    ("bws", &["BWS_ACCESS_TOKEN", "BWS_SERVER_URL"]),
    ("doppler", &["DOPPLER_TOKEN"]),
    ("gopass", &["GOPASS_HOMEDIR", "PASSWORD_STORE_DIR"]),
    ("op", ONE_PASSWORD),
    ("pass", PASS),
    ("rbw", &["RBW_PROFILE"]),
    ("sops", &["SOPS_AGE_KEY", "SOPS_AGE_KEY_FILE"]),
    ("vault", &["VAULT_ADDR", "VAULT_CACERT", "VAULT_NAMESPACE", "VAULT_TOKEN"]),
];

/// Returns the names of the environment variables that resolving a reference reads.
pub fn variables(location: &SecretLocation) -> Vec<&str> {
    match location {
        SecretLocation::Env(name) => vec![name],
        SecretLocation::File(pattern) | SecretLocation::Dotenv { path: pattern, name: _ } => {
            variables_in(pattern)
        }
        SecretLocation::Keyring(_) => KEYRING.to_vec(),
        SecretLocation::OnePassword(_) => ONE_PASSWORD.to_vec(),
        SecretLocation::Pass(_) => PASS.to_vec(),
        SecretLocation::Command(argv) => {
            ANY_PROGRAM.iter().chain(of_program(program(argv))).copied().collect()
        }
    }
}

/// Returns the variables without which a reference certainly cannot be resolved.
pub fn required_variables(location: &SecretLocation) -> Vec<&str> {
    match location {
        SecretLocation::Env(name) => vec![name],
        SecretLocation::File(pattern) | SecretLocation::Dotenv { path: pattern, name: _ } => {
            required_variables_in(pattern)
        }
        SecretLocation::Keyring(_)
        | SecretLocation::OnePassword(_)
        | SecretLocation::Pass(_)
        | SecretLocation::Command(_) => vec![],
    }
}

/// Returns the variables that decide where a secret is, if they are set.
pub fn deciding_variables(location: &SecretLocation) -> Vec<&str> {
    match location {
        SecretLocation::Env(_) | SecretLocation::File(_) | SecretLocation::Dotenv { .. } => vec![],
        SecretLocation::Keyring(_) => vec!["DBUS_SESSION_BUS_ADDRESS"],
        SecretLocation::OnePassword(_) => ONE_PASSWORD_CREDENTIALS.to_vec(),
        SecretLocation::Pass(_) => PASS_DIRECTORIES.to_vec(),
        SecretLocation::Command(argv) => match program(argv) {
            Some("op") => ONE_PASSWORD_CREDENTIALS.to_vec(),
            Some("pass") => PASS_DIRECTORIES.to_vec(),
            program => of_program(program).to_vec(),
        },
    }
}

fn program(argv: &[String]) -> Option<&str> {
    argv.first().and_then(|path| path.rsplit(['/', '\\']).next())
}

fn of_program(program: Option<&str>) -> &'static [&'static str] {
    let known = PROGRAMS.iter().find(|(name, _)| Some(*name) == program);
    known.map_or(&[], |(_, names)| *names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_scheme_names_the_variables_that_it_reads() {
        for (reference, some, required) in [
            ("env:GH_TOKEN", &["GH_TOKEN"][..], &["GH_TOKEN"][..]),
            ("file:~/t", &[], &[]),
            ("file:${XDG_RUNTIME_DIR}/t", &["XDG_RUNTIME_DIR"], &["XDG_RUNTIME_DIR"]),
            ("file:${A:-${B}/c}/${D}", &["A", "B", "D"], &["D"]),
            ("dotenv:${XDG_CONFIG_HOME}/e#K", &["XDG_CONFIG_HOME"], &["XDG_CONFIG_HOME"]),
            ("keyring:k", &["DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"], &[]),
            ("op://a/b/c", &["OP_SERVICE_ACCOUNT_TOKEN"], &[]),
            ("pass:a", &["GNUPGHOME", "PASSWORD_STORE_DIR"], &[]),
            ("command:rbw get a", &["RBW_PROFILE", "XDG_RUNTIME_DIR"], &[]),
            ("command:/opt/bin/vault read a", &["VAULT_ADDR", "VAULT_TOKEN"], &[]),
            ("command:show a", &["SSH_AUTH_SOCK"], &[]),
        ] {
            let location = SecretLocation::parse(reference).unwrap();
            let names = variables(&location);
            assert!(some.iter().all(|name| names.contains(name)), "{reference}: {names:?}");
            assert_eq!(names.is_empty(), some.is_empty(), "{reference}: {names:?}");
            assert_eq!(required_variables(&location), required, "{reference}");
        }
    }

    #[test]
    fn a_variable_that_decides_where_a_secret_is_is_read_too() {
        for (reference, deciding) in [
            ("env:GH_TOKEN", &[][..]),
            ("file:${XDG_RUNTIME_DIR}/t", &[]),
            ("keyring:k", &["DBUS_SESSION_BUS_ADDRESS"]),
            ("op://a/b/c", ONE_PASSWORD_CREDENTIALS),
            ("pass:a", PASS_DIRECTORIES),
            ("command:/usr/bin/pass show a", PASS_DIRECTORIES),
            ("command:vault read a", PROGRAMS[9].1),
            ("command:show a", &[]),
        ] {
            let location = SecretLocation::parse(reference).unwrap();
            assert_eq!(deciding_variables(&location), deciding, "{reference}");
            let read = variables(&location);
            assert!(deciding.iter().all(|name| read.contains(name)), "{reference}: {read:?}");
        }
    }
}
