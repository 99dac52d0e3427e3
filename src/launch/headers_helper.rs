//! The command that a client runs to get the headers for a server, in place of a bridge.

use std::collections::BTreeMap;

use super::inherited::CONNECTION;
use super::{Address, Launcher};
use crate::client::{Client, HeadersHelper, HelperPlace};
use crate::model::{Auth, RemoteServer, Server, is_expandable};
use crate::paths::Os;
use crate::secret::literal::{SecretVerdict, judge};
use crate::suggest::quote_for_posix;

// Where mcpgen keeps sign-ins, secrets and records.
const PLACES: [&str; 3] = ["MCP_REMOTE_CONFIG_DIR", "XDG_DATA_HOME", "XDG_STATE_HOME"];

impl Launcher<'_> {
    /// Returns how a client connects to a server with the headers that `mcpgen headers` prints. Returns `None` if it
    /// must start the bridge.
    pub fn with_headers(
        &self,
        server: &Server,
        remote: &RemoteServer,
        client: &Client,
    ) -> Option<Address> {
        let helper = client.headers_helper.as_ref().filter(|_| server.gets_headers(client))?;
        let withheld = |name: &str| helper.cleared && client.withholds(name);
        // The value of such a variable is a secret, or depends on the session, so it cannot be in a file.
        if self.required_variables(server).iter().any(|variable| withheld(&variable.name)) {
            return None;
        }
        let command = |header: Option<&str>| self.headers_command(server, helper, client, header);
        let mut address = Address {
            url: remote.url.clone(),
            transport: remote.transport,
            headers: BTreeMap::new(),
            helper: None,
        };
        match &helper.place {
            HelperPlace::Field(_) => address.helper = Some(command(None)?),
            HelperPlace::Each(form) => {
                for name in header_names(remote) {
                    let value = form.replace("COMMAND", &command(Some(&name))?);
                    address.headers.insert(name, value);
                }
            }
        }
        Some(address)
    }

    fn headers_command(
        &self,
        server: &Server,
        helper: &HeadersHelper,
        client: &Client,
        header: Option<&str>,
    ) -> Option<String> {
        let command = self.own_command("headers", server, client);
        let set = PLACES.iter().chain(&CONNECTION).filter(|name| {
            helper.cleared && client.withholds(name) && !self.settings.env.contains_key(**name)
        });
        let set = set.filter_map(|name| Some((*name, self.env.var(name)?)));
        // The URL of a proxy may contain a password.
        let mut set = set
            .filter(|(_, value)| !value.contains('@') && judge(value) == SecretVerdict::Harmless);
        let mut words = vec![];
        if self.env.os == Os::Windows {
            set.next().is_none().then_some(())?;
        } else {
            words.extend(set.map(|(name, value)| format!("{name}={}", quote_for_posix(value))));
        }
        let operands = std::iter::once(&command.program).chain(&command.args);
        for word in operands {
            words.push(self.shell_word(word)?);
        }
        if let Some(header) = header {
            words.extend(["--header".to_owned(), self.shell_word(header)?]);
        }
        let text = words.join(" ");
        (!is_expandable(&text)).then_some(text)
    }

    // Quotes a word for the shell of the operating system. cmd.exe expands `%NAME%` even between quotes.
    fn shell_word(&self, word: &str) -> Option<String> {
        if self.env.os != Os::Windows {
            return Some(quote_for_posix(word));
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@".contains(c);
        let quotable = |c: char| plain(c) || c.is_alphabetic() || " \\()~,".contains(c);
        match (word.chars().all(plain), word.chars().all(quotable) && !word.ends_with('\\')) {
            (true, _) => Some(word.to_owned()),
            (false, true) => Some(format!("\"{word}\"")),
            (false, false) => None,
        }
    }
}

fn header_names(remote: &RemoteServer) -> Vec<String> {
    let auth = match &remote.auth {
        Auth::None => None,
        Auth::OAuth(_) => Some("Authorization".to_owned()),
        Auth::Token(token) => Some(token.header.clone()),
    };
    let declared = remote.headers.keys().chain(remote.secrets.keys()).cloned();
    let mut names: Vec<String> = declared.collect();
    if let Some(auth) = auth
        && !names.iter().any(|name| name.eq_ignore_ascii_case(&auth))
    {
        names.push(auth);
    }
    names
}
