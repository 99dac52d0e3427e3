//! The secrets of a sign-in: the values of headers, and the client secret.

use std::collections::BTreeMap;

use super::Token;
use super::call::BridgeCall;
use crate::diagnostic::Help;
use crate::launch::Launcher;
use crate::launch::start::SecretEncoding;
use crate::model::{Auth, LaunchSettings, Reach, Server};
use crate::paths::Environment;
use crate::secret::SecretReference;
use crate::secret_store::SecretError;
use crate::secret_store::resolve::resolve_all;

/// Says which secret reference cannot be resolved.
#[derive(Debug, thiserror::Error)]
#[error("cannot resolve `{reference}` for `{name}`: {cause}")]
pub struct CredentialError {
    /// The header, variable or option that needs the secret.
    pub name: String,
    /// The secret reference.
    pub reference: String,
    /// Why it cannot be resolved.
    pub cause: Box<SecretError>,
}

impl Help for CredentialError {
    fn note(&self) -> Option<String> {
        self.cause.note()
    }

    fn help(&self) -> Option<String> {
        self.cause.help()
    }
}

/// Where the secrets of a sign-in come from.
#[derive(Debug, Clone)]
pub enum CredentialSource {
    /// A declared server.
    Declared(Box<(Server, LaunchSettings)>),
    /// The command line: the reference of a client secret, if any.
    CommandLine(Option<SecretReference>),
}

/// The resolved secrets of a sign-in; `Debug` hides them.
#[derive(Clone, Default)]
pub struct Credentials {
    /// The headers for the server.
    pub headers: Vec<(String, String)>,
    /// The secret of a pre-registered OAuth client.
    pub client_secret: Option<Token>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials(…)")
    }
}

impl CredentialSource {
    /// Resolves the secrets.
    ///
    /// # Errors
    /// Fails if a reference cannot be resolved.
    pub fn resolve(
        &self,
        call: &BridgeCall,
        env: &Environment,
    ) -> Result<Credentials, CredentialError> {
        let default = LaunchSettings::default();
        let (variables, client_secret, settings) = match self {
            Self::CommandLine(reference) => (BTreeMap::new(), reference.as_ref(), &default),
            Self::Declared(declared) => {
                let (server, settings) = &**declared;
                (variables(server, settings, env)?, client_secret(server), settings)
            }
        };
        let seconds = settings.secret_timeout;
        let secret =
            |of| resolve_reference("client-secret", of, &SecretEncoding::Variable, env, seconds);
        let secret = client_secret.map(secret);
        let value = |name: &str| match variables.get(name) {
            Some(secret) => secret.expose().to_owned(),
            None => env.var(name).unwrap_or_default().to_owned(),
        };
        let header = |(name, text): &(String, String)| (name.clone(), expand(text, &value));
        let headers = call.headers.iter().map(header).collect();
        Ok(Credentials { headers, client_secret: secret.transpose()? })
    }
}

// The environment variables of the bridge, which it expands in headers.
fn variables(
    server: &Server,
    settings: &LaunchSettings,
    env: &Environment,
) -> Result<BTreeMap<String, Token>, CredentialError> {
    let starting = Launcher::for_start(settings, env).start(server);
    let plain = starting.command.env.into_iter();
    let mut variables: BTreeMap<_, _> =
        plain.map(|(name, value)| (name, Token::new(value))).collect();
    let seconds = settings.secret_timeout;
    for wanted in starting.secrets {
        if !matches!(wanted.encoding, SecretEncoding::Json) {
            let secret =
                resolve_reference(wanted.name, wanted.reference, &wanted.encoding, env, seconds)?;
            variables.insert(wanted.variable, secret);
        }
    }
    Ok(variables)
}

fn client_secret(server: &Server) -> Option<&SecretReference> {
    let Reach::Remote(remote) = &server.reach else { return None };
    match &remote.auth {
        Auth::OAuth(oauth) => oauth.client_secret.as_ref(),
        Auth::None | Auth::Token(_) => None,
    }
}

fn resolve_reference(
    name: &str,
    reference: &SecretReference,
    form: &SecretEncoding<'_>,
    env: &Environment,
    seconds: u64,
) -> Result<Token, CredentialError> {
    let missing = |cause| {
        let (name, reference) = (name.to_owned(), reference.to_string());
        CredentialError { name, reference, cause: Box::new(cause) }
    };
    let found = resolve_all([reference], env, seconds).remove(reference).expect("it was asked for");
    let found = found.map_err(missing)?;
    form.encode(&found.secret).map_err(missing)
}

/// Expands `${NAME}` as the bridge does, and nothing else.
pub fn expand(text: &str, value: &dyn Fn(&str) -> String) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let Some(end) = rest[start..].find('}') else { break };
        out.push_str(&rest[..start]);
        out.push_str(&value(&rest[start + 2..start + end]));
        rest = &rest[start + end + 1..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_is_not_shown() {
        let headers = vec![("X-Key".to_owned(), "SECRET".to_owned())];
        let credentials = Credentials { headers, client_secret: Some("SECRET".to_owned().into()) };
        assert!(!format!("{credentials:?}").contains("SECRET"));
    }

    #[test]
    fn a_headers_text_is_expanded_once_as_the_bridge_expands_it() {
        let value = |name: &str| format!("<{name}${{B}}>");
        for (text, want) in [
            ("Bearer ${A}", "Bearer <A${B}>"),
            ("${A}${B}", "<A${B}><B${B}>"),
            ("$A ${A", "$A ${A"),
            ("", ""),
        ] {
            assert_eq!(expand(text, &value), want);
        }
    }
}
