//! Sets a bridge up from its command line, its environment, and secrets that are in neither.

use std::io::{BufRead, Write};
use std::sync::Arc;

use serde_json::Value;
use ureq::http::HeaderValue;

use super::client::Bridge;
use super::connection::{BridgeCredential, BridgeHttp, Connection};
use super::in_flight::InFlight;
use super::log::BridgeLog;
use super::options::BridgeOptions;
use super::peer::Peers;
use super::relay::Relay;
use super::stdio::Output;
use super::tool_filter::ToolFilter;
use super::{EndReason, OnEnd, descriptors};
use crate::auth::Token;
use crate::auth::cache::Cache;
use crate::auth::call::{BridgeCallError, CLIENT_INFO};
use crate::auth::credentials::{Credentials, expand};
use crate::auth::provider_access::ProviderAccess;
use crate::diagnostic::Help;
use crate::http::HttpError;
use crate::paths::Environment;
use crate::secret::Secret;

/// The values of `${NAME}`: secrets passed in memory, then environment variables.
#[derive(Debug, Clone, Copy)]
pub struct VariableValues<'a> {
    /// The environment.
    pub env: &'a Environment,
    /// Secrets by variable name.
    pub secrets: &'a [(String, Secret)],
}

impl VariableValues<'_> {
    fn expand(&self, text: &str) -> String {
        expand(text, &|name| {
            let secret = self.secrets.iter().find(|(known, _)| known == name);
            let value = secret.map(|(_, secret)| secret.expose()).or_else(|| self.env.raw(name));
            value.map(str::to_owned)
        })
    }
}

/// Why a bridge cannot start.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The command line cannot be used.
    #[error(transparent)]
    Call(#[from] BridgeCallError),
    /// The value of a header cannot be sent. It may be a secret, so it is not shown.
    #[error("the header `{0}` contains a line break or another character that HTTP does not allow")]
    Header(String),
    /// The environment names a proxy or certificates that cannot be used.
    #[error(transparent)]
    Http(#[from] HttpError),
}

impl Help for SetupError {
    fn note(&self) -> Option<String> {
        match self {
            Self::Call(error) => error.note(),
            Self::Header(_) => None,
            Self::Http(error) => error.note(),
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Call(error) => error.help(),
            Self::Header(_) => Some("remove it".to_owned()),
            Self::Http(error) => error.help(),
        }
    }
}

/// Everything that a bridge needs.
pub struct BridgeSetup<'a> {
    /// The command line.
    pub options: BridgeOptions,
    /// The values of `${NAME}`.
    pub values: VariableValues<'a>,
    /// Messages from the client.
    pub stdin: Box<dyn BufRead + Send>,
    /// Messages to the client.
    pub stdout: Box<dyn Write + Send>,
    /// The function that is called when the bridge must end.
    pub on_end: Arc<OnEnd>,
    /// Messages to a person.
    pub log: BridgeLog,
    /// The command with which a person signs in.
    pub login: String,
}

impl BridgeSetup<'_> {
    /// Makes the bridge, and sends nothing yet.
    ///
    /// # Errors
    /// Fails if the environment names a proxy or certificates that cannot be used, a header cannot be sent, or the
    /// client information is not JSON.
    pub fn bridge(self) -> Result<Arc<Bridge>, SetupError> {
        let Self { mut options, values, stdin, stdout, on_end, log, login } = self;
        let env = values.env;
        let files = Cache::find(&[].into(), env).files(options.call.version, &options.call.key());
        let header = |(name, text): &(String, String)| (name.clone(), values.expand(text));
        let headers: Vec<_> = options.call.headers.iter().map(header).collect();
        for (name, value) in &headers {
            if HeaderValue::from_str(value).is_err() {
                return Err(SetupError::Header(name.clone()));
            }
        }
        let information = options.client_information.as_deref().map(|text| values.expand(text));
        let parsed = information.map(|text| serde_json::from_str(&text));
        let information: Option<Value> =
            parsed.transpose().map_err(|_| BridgeCallError::NotJson(CLIENT_INFO))?;
        let field = |name: &str| information.as_ref()?.get(name)?.as_str().map(str::to_owned);
        options.call.client_id = field("client_id").or(options.call.client_id.take());
        let client_secret = field("client_secret").map(Token::from);
        let client_key = options.client_key.as_deref().map(|text| Token::from(values.expand(text)));
        let assertion = options.assertion.as_deref().map(|text| Token::from(values.expand(text)));
        let provider = options.call.provider.as_deref().map(|call| {
            let field = |name: &str| options.provider.as_ref()?.get(name)?.as_str();
            let secret = |name: &str| field(name).map(|text| Token::from(values.expand(text)));
            let files = files.at_provider(&call.key());
            let secrets = (secret("client_secret"), secret("id_token"));
            Arc::new(ProviderAccess::new(env, call, files, secrets))
        });
        let headers_sent = headers.clone();
        let credentials =
            Credentials { headers: headers_sent, client_secret, client_key, assertion, provider };
        let http = BridgeHttp::new(env, &options, headers)?;
        let source =
            BridgeCredential::new(env, &options, files, credentials, log.clone()).suggesting(login);
        let stdout_closed = Arc::clone(&on_end);
        let relay = Arc::new(Relay::new(
            Connection::new(http, source, log.clone()),
            InFlight::new(descriptors::raise()),
            Output::new(stdout, Box::new(move || stdout_closed(EndReason::Terminated))),
            ToolFilter::new(&options.only_tools, &options.ignored_tools),
            log,
        ));
        let peers = Peers::new(Arc::clone(&relay), options.order, options.modern, options.ping);
        Ok(Arc::new(Bridge::new(stdin, on_end, relay, peers)))
    }
}
