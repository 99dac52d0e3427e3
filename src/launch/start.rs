//! What `mcpgen exec` starts: the program of a server, or the bridge, and the secrets in its environment.

use serde_json::Value;

use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::variables::{
    ASSERTION, CLIENT_KEY, CLIENT_SECRET, ID_TOKEN, IDP_SECRET, header_variable,
};
use super::{Command, Launcher};
use crate::model::native::is_native;
use crate::model::{
    Auth, LaunchSettings, LocalServer, OAuthSettings, Reach, RemoteServer, SecretArgument, Server,
    TokenScheme,
};
use crate::paths::{Environment, Os};
use crate::secret::{Secret, SecretReference};
use crate::secret_store::SecretError;

/// Holds a program to start and the secrets that it gets.
#[derive(Debug)]
pub struct StartCommand<'s> {
    /// The program.
    pub command: Command,
    /// The secrets.
    pub secrets: Vec<RequiredSecret<'s>>,
}

/// Holds an environment variable or an argument whose value is made from a secret.
#[derive(Debug)]
pub struct RequiredSecret<'s> {
    /// Its name in the declaration: a variable, a header, an argument, or a field of `auth`.
    pub name: &'s str,
    /// Where the program gets the value.
    pub place: SecretPlace,
    /// The reference to the secret.
    pub reference: &'s SecretReference,
    /// How the value is made from the secret.
    pub encoding: SecretEncoding<'s>,
}

/// Says where a program gets a secret.
#[derive(Debug)]
pub enum SecretPlace {
    /// In this environment variable.
    Variable(String),
    /// In the argument at this position.
    Argument(usize),
}

/// Says how the value of an environment variable or an argument is made from a secret.
#[derive(Debug)]
pub enum SecretEncoding<'s> {
    /// The secret itself, as a variable of a local server.
    Variable,
    /// The secret with the text around it, as an argument.
    Argument(&'s SecretArgument),
    /// The secret itself, as the value of a header.
    Header,
    /// `Bearer` and the secret, as the value of a header (RFC 6750, section 2.1).
    Bearer,
    /// `Basic` with this user name and the secret in base64, as the value of a header (RFC 7617, section 2).
    Basic(&'s str),
    /// The secret itself, as a proof of the OAuth client: its private key or an assertion.
    OfClient,
    /// The secret with JSON escapes: the bridge inserts it between quotes in a JSON string.
    Json,
}

impl SecretEncoding<'_> {
    /// Returns whether the secret is that of the OAuth client.
    pub fn is_of_client(&self) -> bool {
        match self {
            Self::OfClient | Self::Json => true,
            Self::Variable | Self::Argument(_) | Self::Header | Self::Bearer | Self::Basic(_) => {
                false
            }
        }
    }

    /// Makes the value.
    ///
    /// # Errors
    /// Fails if a header or a variable cannot contain it.
    pub fn encode(&self, secret: &Secret) -> Result<Secret, SecretError> {
        let text = secret.expose();
        // RFC 9110, section 5.5: visible ASCII, spaces and tabs. Other characters are obsolete; Node.js rejects most.
        let allowed = |c: char| c == '\t' || c == ' ' || c.is_ascii_graphic();
        let rejected = match self {
            Self::Variable | Self::Argument(_) | Self::OfClient | Self::Json => false,
            Self::Header | Self::Bearer => !text.chars().all(allowed),
            // Base64 could encode a line break, but it is always a mistake.
            Self::Basic(_) => text.chars().any(char::is_control),
        };
        if rejected {
            return Err(SecretError::NotForHeader);
        }
        if text.contains('\0') {
            return Err(SecretError::NotForVariable);
        }
        Ok(match self {
            Self::Variable | Self::OfClient | Self::Header => secret.clone(),
            Self::Argument(SecretArgument { prefix, suffix, place: _, reference: _ }) => {
                Secret::new(format!("{prefix}{text}{suffix}"))
            }
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
    /// Creates a launcher for `mcpgen exec`. The operating system finds the programs.
    pub fn for_start(settings: &'a LaunchSettings, env: &'a Environment) -> Self {
        Self { settings, env, declaration: None, programs: std::collections::BTreeMap::new() }
    }

    /// Returns what `mcpgen exec` starts for a server.
    pub fn start<'s>(&self, server: &'s Server) -> StartCommand<'s> {
        let (mut command, mut secrets) = match &server.reach {
            Reach::Local(local) => (self.program(local), local_secrets(local)),
            Reach::Remote(remote) => {
                let mut command = self.bridge(server, remote);
                command.env.extend(expanded_by_the_bridge(remote));
                (command, required_secrets(remote, is_native(&self.settings.bridge)))
            }
        };
        command.program = self.env.expand_tilde(&command.program);
        let declared = command.args.len();
        let command = if self.env.os == Os::Windows { command.by_cmd() } else { command };
        for secret in &mut secrets {
            if let SecretPlace::Argument(at) = &mut secret.place {
                *at += command.args.len() - declared;
            }
        }
        StartCommand { command, secrets }
    }
}

fn local_secrets(local: &LocalServer) -> Vec<RequiredSecret<'_>> {
    let variables = local.secrets.iter().map(|(name, reference)| RequiredSecret {
        name,
        place: SecretPlace::Variable(name.clone()),
        reference,
        encoding: SecretEncoding::Variable,
    });
    let arguments = local.secret_arguments().map(|(at, argument)| RequiredSecret {
        name: &argument.place,
        place: SecretPlace::Argument(at),
        reference: &argument.reference,
        encoding: SecretEncoding::Argument(argument),
    });
    variables.chain(arguments).collect()
}

// Headers whose literal value contains `${`, which the bridge would expand on its command line.
fn expanded_by_the_bridge(remote: &RemoteServer) -> impl Iterator<Item = (String, String)> {
    let literal = remote.headers.iter().filter(|(_, value)| value.contains("${"));
    literal.map(|(name, value)| (header_variable(name), value.clone()))
}

fn required_secrets<'r>(remote: &'r RemoteServer, native: bool) -> Vec<RequiredSecret<'r>> {
    let header = |name, reference, encoding| RequiredSecret {
        name,
        place: SecretPlace::Variable(header_variable(name)),
        reference,
        encoding,
    };
    let in_header =
        |(name, reference): (&'r String, _)| header(name, reference, SecretEncoding::Header);
    let mut required: Vec<_> = remote.secrets.iter().map(in_header).collect();
    match &remote.auth {
        Auth::None => {}
        Auth::Token(token) => required.push(header(
            &token.header,
            &token.reference,
            match &token.scheme {
                TokenScheme::Bare => SecretEncoding::Header,
                TokenScheme::Bearer => SecretEncoding::Bearer,
                TokenScheme::Basic(user) => SecretEncoding::Basic(user),
            },
        )),
        Auth::OAuth(oauth) => {
            required.extend(oauth.client_secret.as_ref().map(|reference| RequiredSecret {
                name: "client-secret",
                place: SecretPlace::Variable(CLIENT_SECRET.to_owned()),
                reference,
                encoding: SecretEncoding::Json,
            }));
            required.extend(native_secrets(oauth).filter(|_| native));
        }
    }
    required
}

// What only the native bridge can use.
fn native_secrets(oauth: &OAuthSettings) -> impl Iterator<Item = RequiredSecret<'_>> {
    let provider = oauth.provider.as_deref();
    let idp_secret = provider.and_then(|provider| provider.oauth.client_secret.as_ref());
    let id_token = provider.and_then(|provider| provider.id_token.as_ref());
    let all = [
        ("private-key", CLIENT_KEY, oauth.private_key.as_ref(), SecretEncoding::OfClient),
        ("assertion", ASSERTION, oauth.assertion.as_ref(), SecretEncoding::OfClient),
        ("idp.client-secret", IDP_SECRET, idp_secret, SecretEncoding::Json),
        ("idp.id-token", ID_TOKEN, id_token, SecretEncoding::Json),
    ];
    all.into_iter().filter_map(|(name, variable, reference, encoding)| {
        let place = SecretPlace::Variable(variable.to_owned());
        Some(RequiredSecret { name, place, reference: reference?, encoding })
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::Argument;

    #[test]
    fn a_secret_is_encoded_for_its_variable() {
        for (encoding, secret, want) in [
            (SecretEncoding::Variable, "a\nb", "a\nb"),
            (SecretEncoding::Header, "k", "k"),
            (SecretEncoding::Bearer, "t0k", "Bearer t0k"),
            // RFC 7617, section 2: the example of Aladdin.
            (SecretEncoding::Basic("Aladdin"), "open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
            (SecretEncoding::Json, "a\"b\\c", "a\\\"b\\\\c"),
        ] {
            let made = encoding.encode(&Secret::new(secret.to_owned())).unwrap();
            assert_eq!(made.expose(), want, "{encoding:?}");
        }
    }

    #[test]
    fn a_value_that_a_header_or_a_variable_cannot_contain_is_rejected() {
        let make = |encoding: SecretEncoding<'_>, text: &str| {
            encoding.encode(&Secret::new(text.to_owned()))
        };
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

    #[test]
    fn on_windows_a_secret_stays_in_its_argument_behind_cmd() {
        let argument = SecretArgument {
            place: "args[1]".into(),
            reference: SecretReference::parse("env:A").unwrap(),
            prefix: "--key=".into(),
            suffix: String::new(),
        };
        let local = LocalServer {
            command: "npx".into(),
            args: vec![Argument::Literal("-y".into()), Argument::Secret(argument)],
            env: BTreeMap::new(),
            cwd: None,
            secrets: BTreeMap::new(),
        };
        let server = Server {
            name: "one".into(),
            clients: vec![],
            reach: Reach::Local(local),
            timeout: None,
            startup_timeout: None,
            allow: vec![],
            deny: vec![],
            replaces: vec![],
            extra: BTreeMap::new(),
        };
        let settings = LaunchSettings::default();
        let places = [Os::Linux, Os::Windows].map(|os| {
            let env = Environment::bare(os, "/home/ada".into());
            let start = Launcher::for_start(&settings, &env).start(&server);
            let SecretPlace::Argument(at) = start.secrets[0].place else { panic!("{start:?}") };
            start.command.args[at].clone()
        });
        assert_eq!(places, ["--key=…"; 2]);
    }
}
