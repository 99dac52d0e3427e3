//! The secrets of a sign-in: the values of headers, and the client secret.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Token;
use super::cache::Cache;
use super::call::BridgeCall;
use super::provider_access::ProviderAccess;
use crate::diagnostic::Help;
use crate::launch::Launcher;
use crate::launch::start::{RequiredSecret, SecretEncoding, SecretPlace};
use crate::model::{Auth, IdentityProvider, LaunchSettings, Reach, Server};
use crate::paths::Environment;
use crate::secret::SecretReference;
use crate::secret_store::SecretError;
use crate::secret_store::resolve::{Resolutions, resolve_all};

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
    /// The command line.
    CommandLine(ClientProof),
    /// An identity provider.
    Provider(Arc<IdentityProvider>, LaunchSettings),
}

/// How an OAuth client proves who it is.
#[derive(Debug, Clone, Default)]
pub struct ClientProof {
    /// The reference to its secret.
    pub secret: Option<SecretReference>,
    /// The reference to its private key.
    pub key: Option<SecretReference>,
    /// The reference to the assertion of the JWT bearer grant.
    pub assertion: Option<SecretReference>,
}

/// The resolved secrets of a sign-in; `Debug` hides them.
#[derive(Clone, Default)]
pub struct Credentials {
    /// The headers for the server.
    pub headers: Vec<(String, String)>,
    /// The secret of a pre-registered OAuth client.
    pub client_secret: Option<Token>,
    /// Its private key, in place of the secret.
    pub client_key: Option<Token>,
    /// The assertion of the JWT bearer grant.
    pub assertion: Option<Token>,
    /// The sign-in at an identity provider.
    pub provider: Option<Arc<ProviderAccess>>,
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
        let mut provider = None;
        let (plain, required, proof, settings) = match self {
            Self::Provider(idp, settings) => {
                let secret = idp.oauth.client_secret.clone();
                let proof = ClientProof { secret, ..ClientProof::default() };
                (BTreeMap::new(), vec![], proof, settings)
            }
            Self::CommandLine(proof) => (BTreeMap::new(), vec![], proof.clone(), &default),
            Self::Declared(declared) => {
                let (server, settings) = &**declared;
                provider = identity_provider(server);
                let starting = Launcher::for_start(settings, env).start(server);
                (starting.command.env, starting.secrets, client_proof(server), settings)
            }
        };
        // The bridge gets what the client proves itself with on its command line; here it is a secret of its own.
        let required: Vec<RequiredSecret<'_>> =
            required.into_iter().filter(|wanted| !wanted.encoding.is_of_client()).collect();
        let idp_secret = provider.and_then(|idp| idp.oauth.client_secret.as_ref());
        let id_token = provider.and_then(|idp| idp.id_token.as_ref());
        let own = [&proof.secret, &proof.key, &proof.assertion].into_iter().flatten();
        let references = required.iter().map(|wanted| wanted.reference).chain(own);
        let references = references.chain(idp_secret).chain(id_token);
        let mut found = resolve_all(references, env, settings.secret_timeout);
        let plain = plain.into_iter().map(|(name, value)| (name, Token::new(value)));
        let mut variables: BTreeMap<String, Token> = plain.collect();
        for RequiredSecret { name, place, reference, encoding } in required {
            // Only a program has secrets in its arguments.
            let SecretPlace::Variable(variable) = place else { continue };
            variables.insert(variable, encoded(name, reference, &encoding, &mut found)?);
        }
        let mut own = |name: &str, reference: Option<&SecretReference>| {
            let resolved = reference
                .map(|reference| encoded(name, reference, &SecretEncoding::Variable, &mut found));
            resolved.transpose()
        };
        let client_secret = own("client-secret", proof.secret.as_ref())?;
        let client_key = own("private-key", proof.key.as_ref())?;
        let assertion = own("assertion", proof.assertion.as_ref())?;
        let idp_secret = own("idp.client-secret", idp_secret)?;
        let id_token = own("idp.id-token", id_token)?;
        let provider = call.provider.as_deref().map(|call| {
            let files = Cache::find(&settings.env, env)
                .files(call.version, &call.key())
                .at_provider(&call.key());
            Arc::new(ProviderAccess::new(env, call, files, (idp_secret, id_token)))
        });
        let value = |name: &str| {
            variables.get(name).map(Token::expose).or_else(|| env.raw(name)).map(str::to_owned)
        };
        let header = |(name, text): &(String, String)| (name.clone(), expand(text, &value));
        let headers = call.headers.iter().map(header).collect();
        Ok(Credentials { headers, client_secret, client_key, assertion, provider })
    }
}

fn client_proof(server: &Server) -> ClientProof {
    let Reach::Remote(remote) = &server.reach else { return ClientProof::default() };
    match &remote.auth {
        Auth::OAuth(oauth) => {
            let (secret, key) = (oauth.client_secret.clone(), oauth.private_key.clone());
            ClientProof { secret, key, assertion: oauth.assertion.clone() }
        }
        Auth::None | Auth::Token(_) => ClientProof::default(),
    }
}

fn identity_provider(server: &Server) -> Option<&IdentityProvider> {
    let remote = server.oauth_remote()?;
    match &remote.auth {
        Auth::OAuth(oauth) => oauth.provider.as_deref(),
        Auth::None | Auth::Token(_) => None,
    }
}

fn encoded(
    name: &str,
    reference: &SecretReference,
    form: &SecretEncoding<'_>,
    found: &mut Resolutions<'_>,
) -> Result<Token, CredentialError> {
    let missing = |cause| {
        let (name, reference) = (name.to_owned(), reference.to_string());
        CredentialError { name, reference, cause: Box::new(cause) }
    };
    match found.get(reference) {
        Some(Ok(resolved)) => form.encode(&resolved.secret).map_err(missing),
        Some(Err(_)) | None => {
            let error = found.remove(reference).and_then(Result::err);
            Err(missing(
                error.expect("each reference has a result, and the first error is the last"),
            ))
        }
    }
}

/// Expands `${NAME}` as mcp-remote does (`substituteEnvVars`): a name without a value stays as it is.
pub fn expand(text: &str, value: &dyn Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let Some(end) = rest[start..].find('}') else { break };
        out.push_str(&rest[..start]);
        let name = &rest[start + 2..start + end];
        match value(name) {
            Some(value) => out.push_str(&value),
            None => out.push_str(&rest[start..=start + end]),
        }
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
        let secret = Some(Token::new("SECRET".to_owned()));
        let client_secret = secret.clone();
        let credentials = Credentials {
            headers,
            client_secret,
            client_key: secret.clone(),
            assertion: secret,
            provider: None,
        };
        assert!(!format!("{credentials:?}").contains("SECRET"));
    }

    #[test]
    fn a_headers_text_is_expanded_once_as_the_bridge_expands_it() {
        let value = |name: &str| (name != "UNSET").then(|| format!("<{name}${{B}}>"));
        for (text, want) in [
            ("Bearer ${A}", "Bearer <A${B}>"),
            ("${A}${B}", "<A${B}><B${B}>"),
            ("$A ${A", "$A ${A"),
            ("${UNSET}${A}", "${UNSET}<A${B}>"),
            ("", ""),
        ] {
            assert_eq!(expand(text, &value), want);
        }
    }
}
