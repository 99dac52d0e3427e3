//! The environment variables of a client that the program which it starts for a server reads. A client that clears the
//! environment must be told to pass them.

use std::collections::BTreeSet;

use super::{Command, Launcher};
use crate::model::{Auth, Reach, RemoteServer, Server};
use crate::secret_store;
use crate::suggest::ShellCommand;

// How a bridge connects: through a proxy, and with the certificates of a company network.
pub(super) const CONNECTION: [&str; 10] = [
    "ALL_PROXY",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NODE_EXTRA_CA_CERTS",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "all_proxy",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];
// Where a bridge keeps sign-ins, and how it opens a browser.
const SIGN_IN: [&str; 7] = [
    "BROWSER",
    "DBUS_SESSION_BUS_ADDRESS",
    "DISPLAY",
    "MCP_REMOTE_CONFIG_DIR",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "XDG_RUNTIME_DIR",
];

/// Returns whether a bridge reads an environment variable of the client.
pub fn is_read_by_bridges(name: &str) -> bool {
    CONNECTION.contains(&name) || SIGN_IN.contains(&name)
}

impl Launcher<'_> {
    /// Returns the names of the client's environment variables that the command for a server reads, if the command
    /// does not set them.
    pub fn inherited(&self, server: &Server, command: &Command) -> BTreeSet<String> {
        let mut names: BTreeSet<String> = BTreeSet::new();
        for secret in self.start(server).secrets {
            let read = secret_store::variables(secret.reference.location());
            names.extend(read.into_iter().map(str::to_owned));
        }
        if let Reach::Remote(remote) = &server.reach {
            let read = CONNECTION.into_iter().chain(sign_in(remote).iter().copied());
            let unset = read.filter(|name| !self.settings.env.contains_key(*name));
            names.extend(unset.map(str::to_owned));
        }
        names.retain(|name| !command.env.contains_key(name));
        names
    }
}

/// An environment variable of the client without which a secret of a server cannot be resolved.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequiredVariable {
    /// The variable.
    pub name: String,
    /// The secret's name in the declaration.
    pub secret: String,
    /// The reference to the secret, safe to print.
    pub reference: String,
    /// Whether `mcpgen exec` finds the keyring even if the client clears the environment.
    pub finds_keyring: bool,
}

impl RequiredVariable {
    /// Returns the advice to store the secret where no variable is necessary.
    pub fn remedy(&self) -> String {
        let Self { name, secret: _, reference, finds_keyring } = self;
        if !finds_keyring || reference.starts_with("keyring:") {
            return format!(
                "write \"file:PATH\", with the absolute path of a file that contains the secret, \
                 instead of \"{reference}\""
            );
        }
        let stored = name.to_ascii_lowercase().replace('_', "-");
        let set = ShellCommand::new("mcpgen secret set").operand(&stored);
        let set = set.or("the keyring's own program");
        format!(
            "store the secret with {set}, and write \"keyring:{stored}\" instead of \"{reference}\"; \
             \"file:PATH\" works too"
        )
    }
}

impl Launcher<'_> {
    /// Returns the client's environment variables without which a secret of a server cannot be resolved.
    pub fn required_variables(&self, server: &Server) -> Vec<RequiredVariable> {
        let finds_keyring = self.env.finds_keyring();
        let mut variables = vec![];
        for secret in self.start(server).secrets {
            let location = secret.reference.location();
            let deciding = secret_store::deciding_variables(location);
            let deciding = deciding.into_iter().filter(|name| self.env.var(name).is_some());
            let names = secret_store::required_variables(location).into_iter().chain(deciding);
            let names = names.filter(|name| !self.env.finds_session_variable(name));
            variables.extend(names.map(|name| RequiredVariable {
                name: name.to_owned(),
                secret: secret.name.to_owned(),
                reference: secret.reference.to_string(),
                finds_keyring,
            }));
        }
        variables
    }
}

fn sign_in(remote: &RemoteServer) -> &'static [&'static str] {
    match remote.auth {
        Auth::OAuth(_) | Auth::None => &SIGN_IN,
        Auth::Token(_) => &[],
    }
}
