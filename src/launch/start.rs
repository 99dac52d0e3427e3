//! What `mcpgen exec` starts: a server's own program, or the bridge, and the secrets it gets in its
//! environment.

use serde_json::Value;

use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::{Command, Launcher};
use crate::model::{Auth, LaunchSettings, Reach, RemoteServer, Server, TokenScheme};
use crate::paths::{Environment, Os};
use crate::secret::{Secret, SecretError, SecretReference};

/// The variable the bridge gets an OAuth client's secret in. No header's variable has this name.
pub const CLIENT_SECRET: &str = "MCPGENOAUTH_CLIENT_SECRET";

/// Returns the variable the bridge gets a header in.
pub fn header_variable(name: &str) -> String {
    format!("MCPGEN_{}", name.to_ascii_uppercase().replace('-', "_"))
}

/// Holds a program to start and the secrets that it still lacks.
#[derive(Debug)]
pub struct StartCommand<'s> {
    /// The program.
    pub command: Command,
    /// Its secrets.
    pub wanted: Vec<RequiredSecret<'s>>,
}

/// Holds a secret that a program gets in its environment.
#[derive(Debug)]
pub struct RequiredSecret<'s> {
    /// What the declaration calls it: a variable, a header, or a field of `auth`.
    pub name: &'s str,
    /// The variable that it goes in.
    pub variable: String,
    /// Where it lies.
    pub reference: &'s SecretReference,
    /// What is made of it.
    pub form: SecretEncoding<'s>,
}

/// Says what is made of a secret.
#[derive(Debug)]
pub enum SecretEncoding<'s> {
    /// A variable's value: the secret as it is.
    Variable,
    /// A header's value: the secret as it is.
    Header,
    /// A header's value: `Bearer` and the secret (RFC 6750, section 2.1).
    Bearer,
    /// A header's value: `Basic` and, in base64, this user name and the secret (RFC 7617, section 2).
    Basic(&'s str),
    /// A part of a JSON text: the bridge puts it between quotation marks before it reads that text.
    Json,
}

impl SecretEncoding<'_> {
    /// Makes it.
    ///
    /// # Errors
    /// Fails where a header or a variable cannot hold it.
    pub fn make(&self, secret: &Secret) -> Result<Secret, SecretError> {
        let text = secret.expose();
        // RFC 9110, section 5.5: visible US-ASCII, blanks and tabs. More is obsolete, and Node.js refuses most.
        let sent = |c: char| c == '\t' || c == ' ' || c.is_ascii_graphic();
        let refused = match self {
            Self::Variable | Self::Json => false,
            Self::Header | Self::Bearer => !text.chars().all(sent),
            // Base64 would carry a line break, and nobody means one.
            Self::Basic(_) => text.chars().any(char::is_control),
        };
        if refused {
            return Err(SecretError::NotForHeader);
        }
        if text.contains('\0') {
            return Err(SecretError::NotForVariable);
        }
        Ok(match self {
            Self::Variable | Self::Header => secret.clone(),
            Self::Bearer => Secret::new(format!("Bearer {text}")),
            Self::Basic(user) => {
                let pair = Secret::new(format!("{user}:{text}"));
                Secret::new(format!("Basic {}", BASE64_STANDARD.encode(pair.expose())))
            }
            Self::Json => {
                let quoted = Secret::new(Value::from(text).to_string());
                let inner = &quoted.expose()[1..quoted.expose().len() - 1];
                Secret::new(inner.to_owned())
            }
        })
    }
}

impl<'a> Launcher<'a> {
    /// Prepares starting one server, whose programs are looked up when they are started.
    pub fn for_start(settings: &'a LaunchSettings, env: &'a Environment) -> Self {
        Self { settings, env, declaration: None, programs: std::collections::BTreeMap::new() }
    }

    /// Makes what is started for a server that clients start by `mcpgen exec`.
    pub fn start<'s>(&self, server: &'s Server) -> StartCommand<'s> {
        let (command, wanted) = match &server.reach {
            Reach::Local(local) => {
                let variable =
                    |(name, reference): (&'s String, &'s SecretReference)| RequiredSecret {
                        name,
                        variable: name.clone(),
                        reference,
                        form: SecretEncoding::Variable,
                    };
                (self.program(local), local.secrets.iter().map(variable).collect())
            }
            Reach::Remote(remote) => {
                let mut command = self.bridge(server, remote);
                command.env.extend(expanded_by_the_bridge(remote));
                (command, wanted(remote))
            }
        };
        let mut command = command;
        command.program = self.env.expand_tilde(&command.program);
        let command = if self.env.os == Os::Windows { command.by_cmd() } else { command };
        StartCommand { command, wanted }
    }
}

// Literal headers with `${` in them, which the bridge is to send as they are.
fn expanded_by_the_bridge(remote: &RemoteServer) -> impl Iterator<Item = (String, String)> {
    let literal = remote.headers.iter().filter(|(_, value)| value.contains("${"));
    literal.map(|(name, value)| (header_variable(name), value.clone()))
}

fn wanted(remote: &RemoteServer) -> Vec<RequiredSecret<'_>> {
    let header = |name, reference, form| RequiredSecret {
        name,
        variable: header_variable(name),
        reference,
        form,
    };
    let mut wanted: Vec<_> =
        remote.secrets.iter().map(|(name, of)| header(name, of, SecretEncoding::Header)).collect();
    match &remote.auth {
        Auth::None => {}
        Auth::Token(token) => wanted.push(header(
            &token.header,
            &token.reference,
            match &token.scheme {
                TokenScheme::Bare => SecretEncoding::Header,
                TokenScheme::Bearer => SecretEncoding::Bearer,
                TokenScheme::Basic(user) => SecretEncoding::Basic(user),
            },
        )),
        Auth::OAuth(oauth) => {
            wanted.extend(oauth.client_secret.as_ref().map(|reference| RequiredSecret {
                name: "client-secret",
                variable: CLIENT_SECRET.to_owned(),
                reference,
                form: SecretEncoding::Json,
            }))
        }
    }
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_takes_the_form_of_its_place() {
        for (form, secret, want) in [
            (SecretEncoding::Variable, "a\nb", "a\nb"),
            (SecretEncoding::Header, "k", "k"),
            (SecretEncoding::Bearer, "t0k", "Bearer t0k"),
            // RFC 7617, section 2: the example of Aladdin.
            (SecretEncoding::Basic("Aladdin"), "open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
            (SecretEncoding::Json, "a\"b\\c", "a\\\"b\\\\c"),
        ] {
            let made = form.make(&Secret::new(secret.to_owned())).unwrap();
            assert_eq!(made.expose(), want, "{form:?}");
        }
    }

    #[test]
    fn no_header_has_the_variable_of_a_clients_secret() {
        let prefix = header_variable("");
        assert!(header_variable("OAuth-Client-Secret").starts_with(&prefix));
        assert!(!CLIENT_SECRET.starts_with(&prefix));
    }

    #[test]
    fn what_a_header_or_a_variable_cannot_hold_is_refused() {
        let make = |form: SecretEncoding<'_>, text: &str| form.make(&Secret::new(text.to_owned()));
        assert!(matches!(
            make(SecretEncoding::Bearer, "a\nX-Evil: 1"),
            Err(SecretError::NotForHeader)
        ));
        assert!(matches!(make(SecretEncoding::Basic("u"), "a\rb"), Err(SecretError::NotForHeader)));
        assert!(matches!(make(SecretEncoding::Bearer, "t\u{f6}k"), Err(SecretError::NotForHeader)));
        assert!(make(SecretEncoding::Basic("u"), "t\u{f6}k").is_ok());
        assert!(matches!(make(SecretEncoding::Header, "a\0"), Err(SecretError::NotForHeader)));
        assert!(matches!(make(SecretEncoding::Variable, "a\0b"), Err(SecretError::NotForVariable)));
    }
}
