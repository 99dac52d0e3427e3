//! What a sign-in needs that the declaration only names: the values of headers, and a client's secret.

use std::collections::BTreeMap;

use super::Token;
use super::call::BridgeCall;
use crate::launch::Launcher;
use crate::launch::start::SecretEncoding;
use crate::model::{Auth, LaunchSettings, Reach, Server};
use crate::paths::Environment;
use crate::secret::resolve::resolve as resolve_all;
use crate::secret::{SecretError, SecretReference};

/// Says which reference leads to nothing.
#[derive(Debug, thiserror::Error)]
#[error("there is no `{name}`: `{reference}` leads to nothing: {cause}; {}", .cause.help())]
pub struct CredentialError {
    /// What the declaration calls it.
    pub name: String,
    /// Where it should lie.
    pub reference: String,
    /// Why it cannot be had.
    pub cause: Box<SecretError>,
}

/// Names what a sign-in needs.
#[derive(Debug, Clone)]
pub enum CredentialSource {
    /// What a declared server says.
    Declared(Box<(Server, LaunchSettings)>),
    /// What the command line says: a client's secret, if any.
    CommandLine(Option<SecretReference>),
}

/// Holds what a sign-in needs, as it is sent; its `Debug` shows nothing.
#[derive(Clone, Default)]
pub struct Credentials {
    /// The server's headers.
    pub headers: Vec<(String, String)>,
    /// The secret of a client registered beforehand.
    pub client_secret: Option<Token>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials(…)")
    }
}

impl CredentialSource {
    /// Looks it up.
    ///
    /// # Errors
    /// Fails where a reference leads to nothing.
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

// The variables that the bridge would be started with, and what it would expand in headers.
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
    for wanted in starting.wanted {
        if !matches!(wanted.form, SecretEncoding::Json) {
            let secret =
                resolve_reference(wanted.name, wanted.reference, &wanted.form, env, seconds)?;
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
    form.make(&found.secret).map_err(missing)
}

/// Expands a text as the bridge does: `${NAME}`, and nothing else.
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
