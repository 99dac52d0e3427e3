//! The options of `login`.

use clap::{Args, value_parser};
use serde_json::{Map, Value, json};

/// Options of `login`.
#[derive(Debug, Args)]
pub struct Login {
    /// Servers to sign in to, or a URL [default: every OAuth server without a usable sign-in]
    #[arg(value_name = "SERVER|URL")]
    pub servers: Vec<String>,
    /// Sign in again even if the sign-in is usable
    #[arg(long)]
    pub force: bool,
    /// Show the URL instead of opening a browser, and accept a pasted response
    #[arg(long)]
    pub no_browser: bool,
    /// Sign in on another device by entering a code there
    #[arg(long, conflicts_with = "no_browser")]
    pub device: bool,
    /// Print one JSON object per line
    #[arg(long)]
    pub json: bool,
    /// How long to wait for you to sign in
    #[arg(long, value_name = "SECONDS", default_value_t = TIMEOUT)]
    #[arg(value_parser = value_parser!(u64).range(..=86_400))]
    pub timeout: u64,
    /// Allow a public server to use URLs in a private network for its sign-in
    #[arg(long)]
    pub allow_private: bool,
    /// First move the sign-ins of mcp-remote up to 0.3.1 to the directory that newer versions use
    #[arg(long)]
    pub migrate: bool,
    /// Options for a URL; a declared server has them in mcp.toml.
    #[command(flatten)]
    pub url_options: Box<UrlOptions>,
}

/// Options of `login URL`: those of the bridge that matter for signing in.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Options for a URL")]
pub struct UrlOptions {
    /// A header that the bridge sends, in the form NAME:VALUE
    #[arg(long, value_name = "NAME:VALUE")]
    pub header: Vec<String>,
    /// The resource to request access to
    #[arg(long, value_name = "URL")]
    pub resource: Option<String>,
    /// Request no resource
    #[arg(long, conflicts_with = "resource")]
    pub disable_resource_parameter: bool,
    /// The scope to request
    #[arg(long)]
    pub scope: Option<String>,
    /// The only issuer of the authorization server to accept
    #[arg(long, value_name = "URL")]
    pub issuer: Option<String>,
    /// The id of a pre-registered OAuth client
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
    /// A secret reference to the secret of the OAuth client
    #[arg(long, value_name = "REF", requires = "client_id", group = "proof")]
    pub client_secret: Option<String>,
    /// A secret reference to the private key of the OAuth client, in PEM format
    #[arg(long, value_name = "REF", requires = "client_credentials", group = "proof")]
    pub private_key: Option<String>,
    /// How that client authenticates
    #[arg(long, value_name = "METHOD")]
    #[arg(value_parser = ["none", "client_secret_post", "client_secret_basic"])]
    pub token_endpoint_auth_method: Option<String>,
    /// Sign in as that client itself, without a person
    #[arg(long, requires_all = ["client_id", "proof"])]
    pub client_credentials: bool,
    /// The token endpoint of that client
    #[arg(long, value_name = "URL", requires = "client_credentials")]
    pub token_endpoint: Option<String>,
    /// Fields of a new registration: a JSON object or `@FILE`
    #[arg(long, value_name = "JSON")]
    #[arg(conflicts_with_all = ["scope", "token_endpoint_auth_method"])]
    pub static_oauth_client_metadata: Option<String>,
    /// The URL of a client metadata document
    #[arg(long, value_name = "URL")]
    pub client_metadata_url: Option<String>,
    /// An additional parameter of the authorization request
    #[arg(long, value_name = "NAME=VALUE")]
    pub authorize_param: Vec<String>,
    /// The port of the redirect URI
    #[arg(long)]
    pub port: Option<u16>,
    /// The host of the redirect URI
    #[arg(long)]
    pub host: Option<String>,
    /// The path of the redirect URI
    #[arg(long, value_name = "PATH")]
    pub callback_path: Option<String>,
    /// Use the ID token in place of the access token
    #[arg(long)]
    pub use_id_token: bool,
    /// Allow plain http to another machine
    #[arg(long)]
    pub allow_http: bool,
}

/// How long a person has to sign in, in seconds, unless they say otherwise.
const TIMEOUT: u64 = 300;

impl Login {
    /// Signs in to one declared server in a browser.
    pub fn to(server: &str) -> Self {
        Self {
            servers: vec![server.to_owned()],
            force: false,
            no_browser: false,
            device: false,
            json: false,
            timeout: TIMEOUT,
            allow_private: false,
            migrate: false,
            url_options: Box::default(),
        }
    }
}

impl UrlOptions {
    /// Returns the arguments of the bridge for a URL with these options.
    pub fn args(&self, url: &str) -> Vec<String> {
        let mut args = vec![url.to_owned()];
        args.extend(self.port.map(|port| port.to_string()));
        let mut flag = |name: &str, value: &str| args.extend([name.to_owned(), value.to_owned()]);
        self.header.iter().for_each(|header| flag("--header", header));
        self.authorize_param.iter().for_each(|param| flag("--authorize-param", param));
        let simple = [
            ("--resource", &self.resource),
            ("--client-metadata-url", &self.client_metadata_url),
            ("--host", &self.host),
            ("--callback-path", &self.callback_path),
            ("--token-endpoint", &self.token_endpoint),
            ("--static-oauth-client-metadata", &self.static_oauth_client_metadata),
        ];
        for (name, value) in simple {
            value.iter().for_each(|value| flag(name, value));
        }
        if let Some(id) = &self.client_id {
            flag("--static-oauth-client-info", &json!({ "client_id": id }).to_string());
        }
        let fields = [
            ("scope", &self.scope),
            ("token_endpoint_auth_method", &self.token_endpoint_auth_method),
        ];
        let fields = fields.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
        let fields: Map<String, Value> =
            fields.map(|(name, value)| (name.to_owned(), value.as_str().into())).collect();
        if !fields.is_empty() {
            flag("--static-oauth-client-metadata", &Value::Object(fields).to_string());
        }
        let switches = [
            ("--client-credentials", self.client_credentials),
            ("--disable-resource-parameter", self.disable_resource_parameter),
            ("--use-id-token", self.use_id_token),
            ("--allow-http", self.allow_http),
        ];
        args.extend(switches.into_iter().filter(|(_, on)| *on).map(|(name, _)| name.to_owned()));
        args
    }

    /// Returns whether no option is given.
    pub fn is_empty(&self) -> bool {
        self.args("").len() == 1 && self.issuer.is_none()
    }
}
