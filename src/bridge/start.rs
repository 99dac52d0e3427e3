//! A bridge is made of its command line, its environment, and secrets that stand in neither.

use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize};
use std::sync::{Arc, Mutex, OnceLock};

use serde_json::Value;
use ureq::http::HeaderValue;

use super::access::Access;
use super::options::Options;
use super::say::Say;
use super::stdio::Output;
use super::tools::Ignored;
use super::wire::Wire;
use super::{Bridge, Crew, End, Ends, Exchanges, Session, descriptors};
use crate::auth::Token;
use crate::auth::cache::Cache;
use crate::auth::call::{BridgeCallError, CLIENT_INFO};
use crate::auth::credentials::{Credentials, expand};
use crate::auth::http::HttpError;
use crate::paths::Environment;
use crate::secret::Secret;

/// Holds what `${NAME}` stands for: secrets that were handed over in memory, then the environment.
#[derive(Debug, Clone, Copy)]
pub struct Values<'a> {
    /// The environment.
    pub env: &'a Environment,
    /// What is not in it.
    pub secrets: &'a [(String, Secret)],
}

impl Values<'_> {
    // What nobody knows stays as it is written, as mcp-remote leaves it.
    fn expand(&self, text: &str) -> String {
        expand(text, &|name| {
            let secret = self.secrets.iter().find(|(known, _)| known == name);
            let value = secret.map(|(_, secret)| secret.expose()).or_else(|| self.env.raw(name));
            value.map_or_else(|| format!("${{{name}}}"), str::to_owned)
        })
    }
}

/// Says why a bridge cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// What the command line says.
    #[error(transparent)]
    Call(#[from] BridgeCallError),
    /// A header cannot be sent. Its value may be a secret and is not shown.
    #[error("the header `{0}` holds a line break or another sign that none may; take it out")]
    Header(String),
    /// What the environment names.
    #[error(transparent)]
    Http(#[from] HttpError),
}

/// Holds what a bridge is made of.
pub struct Start<'a> {
    /// What the command line says.
    pub options: Options,
    /// What `${NAME}` stands for.
    pub values: Values<'a>,
    /// Where messages come from.
    pub stdin: Box<dyn BufRead + Send>,
    /// Where messages go.
    pub stdout: Box<dyn Write + Send>,
    /// Who is told why the bridge ends.
    pub ends: Arc<Ends>,
    /// Where words to a person go.
    pub say: Say,
}

impl Start<'_> {
    /// Makes the bridge. Nothing is sent yet.
    ///
    /// # Errors
    /// Fails on a proxy or certificates that the environment names and that cannot be used, and on client
    /// information that is no JSON with its variables put in.
    pub fn bridge(self) -> Result<Arc<Bridge>, StartError> {
        let Self { mut options, values, stdin, stdout, ends, say } = self;
        let env = values.env;
        let files = Cache::find(&[].into(), env).files(options.call.version, &options.call.key());
        let header = |(name, text): &(String, String)| (name.clone(), values.expand(text));
        let headers: Vec<_> = options.call.headers.iter().map(header).collect();
        for (name, value) in &headers {
            if HeaderValue::from_str(value).is_err() {
                return Err(StartError::Header(name.clone()));
            }
        }
        let information = options.client_information.as_deref().map(|text| values.expand(text));
        let read = information.map(|text| serde_json::from_str(&text));
        let information: Option<Value> =
            read.transpose().map_err(|_| BridgeCallError::NotJson(CLIENT_INFO))?;
        let text = |name: &str| information.as_ref()?.get(name)?.as_str().map(str::to_owned);
        options.call.client_id = text("client_id").or(options.call.client_id.take());
        let client_secret = text("client_secret").map(Token::from);
        let credentials = Credentials { headers: headers.clone(), client_secret };
        let gone = Arc::clone(&ends);
        Ok(Arc::new(Bridge {
            wire: Wire::new(env, &options, headers)?,
            access: Access::new(env, &options, files, credentials, say.clone()),
            stdin: Mutex::new(stdin),
            output: Output::new(stdout, Box::new(move || gone(End::Gone))),
            ends,
            say,
            order: options.order,
            ping: options.ping,
            pings: AtomicBool::new(false),
            ignored: Ignored::new(&options.ignored_tools),
            crew: Crew::new(descriptors::raise()),
            session: Session::default(),
            exchanges: Exchanges::default(),
            transport: OnceLock::new(),
            auto: options.modern,
            modern: OnceLock::new(),
            listening: AtomicUsize::new(0),
            own: Mutex::new(HashMap::new()),
            own_count: AtomicU64::new(1),
            renewing: Mutex::new(()),
            own_stream: Mutex::default(),
            opening: Mutex::default(),
        }))
    }
}
