//! Why discovery failed.

use crate::diagnostic::Help;
use crate::http::HttpError;
use crate::model::url;

/// Why discovery failed.
#[derive(Debug, thiserror::Error)]
pub enum DiscoverError {
    /// The request failed.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The server responds without a token.
    #[error("`{url}` does not require a sign-in")]
    Open {
        /// The server.
        url: String,
    },
    /// The server responds with a page instead of a message.
    #[error("`{url}` responds with a web page and requires no sign-in, so it is not an MCP server")]
    WebPage {
        /// The server.
        url: String,
    },
    /// The server neither responds nor says where to sign in.
    #[error("`{url}` responds with {status} and does not say where to sign in")]
    NoChallenge {
        /// The server.
        url: String,
        /// The status of its response.
        status: String,
    },
    /// The URL in the server's challenge does not lead to metadata.
    #[error("`{url}` responds with {summary} instead of protected resource metadata")]
    NoResourceMetadata {
        /// The URL from the challenge.
        url: String,
        /// A summary of the response.
        summary: String,
    },
    /// The metadata describes another resource.
    #[error("`{url}` describes the resource `{named}`, not `{server}`")]
    OtherResource {
        /// The URL of the metadata.
        url: String,
        /// The resource that it describes.
        named: String,
        /// The server.
        server: String,
    },
    /// The authorization server publishes no metadata.
    #[error("`{issuer}` publishes no authorization server metadata ({tried})")]
    NoMetadata {
        /// The authorization server.
        issuer: String,
        /// The statuses of the responses.
        statuses: Vec<u16>,
        /// The URLs that were tried, and their responses.
        tried: String,
    },
    /// The metadata describes another authorization server.
    #[error("`{url}` names the issuer `{named}`, expected `{expected}`")]
    OtherIssuer {
        /// The URL of the metadata.
        url: String,
        /// The issuer that it names.
        named: String,
        /// The issuer that it should name.
        expected: String,
    },
    /// The metadata describes another authorization server than the declared one.
    #[error("`{url}` names the issuer `{named}`, but the declared one is `{declared}`")]
    NotDeclaredIssuer {
        /// The URL of the metadata.
        url: String,
        /// The issuer that it names.
        named: String,
        /// The declared issuer.
        declared: String,
    },
    /// The metadata lacks a required endpoint.
    #[error("the metadata of `{issuer}` has no `{name}`")]
    NoEndpoint {
        /// The authorization server.
        issuer: String,
        /// The missing member.
        name: &'static str,
    },
    /// The authorization server does not support PKCE with S256.
    #[error("`{issuer}` does not support PKCE with S256")]
    NoS256 {
        /// The authorization server.
        issuer: String,
    },
}

impl Help for DiscoverError {
    fn note(&self) -> Option<String> {
        let note = match self {
            Self::Http(error) => return error.note(),
            Self::NoResourceMetadata { .. } => "the server's challenge names this URL",
            Self::OtherResource { .. } => {
                "a sign-in to one resource must not give access to another"
            }
            Self::OtherIssuer { .. } | Self::NotDeclaredIssuer { .. } => {
                "the metadata may belong to another server"
            }
            Self::NoS256 { .. } => {
                "its `code_challenge_methods_supported` lists other methods only, so an authorization code \
                 could be stolen"
            }
            Self::Open { .. }
            | Self::WebPage { .. }
            | Self::NoChallenge { .. }
            | Self::NoMetadata { .. }
            | Self::NoEndpoint { .. } => return None,
        };
        Some(note.to_owned())
    }

    fn help(&self) -> Option<String> {
        let help = match self {
            Self::Http(error) => return error.help(),
            Self::Open { .. } => "remove `auth` from the declaration of the server",
            Self::WebPage { .. } => {
                "check the URL: the server's documentation has that of its MCP endpoint"
            }
            Self::NoChallenge { .. } => {
                "check the URL, or ask the server's owner for protected resource metadata (RFC 9728)"
            }
            Self::OtherResource { .. } => {
                "ask the server's owner, or declare the URL that the metadata describes"
            }
            Self::OtherIssuer { named, .. } if is_declarable(named) => {
                return Some(format!(
                    "if the server's owner confirms `{named}`, declare \
                     `auth = {{ mode = \"oauth\", issuer = \"{named}\" }}` \
                     (for a URL, pass `--issuer {named}`)"
                ));
            }
            Self::OtherIssuer { .. } => {
                "check the server's URL, or report this error to the server's owner"
            }
            Self::NotDeclaredIssuer { named, .. } if is_declarable(named) => {
                return Some(format!(
                    "if the server's owner confirms `{named}`, change the declared issuer to it: \
                     `issuer = \"{named}\"` (for a URL, `--issuer {named}`)"
                ));
            }
            Self::NotDeclaredIssuer { .. } => {
                "check the declared issuer, or tell the server's owner"
            }
            Self::NoResourceMetadata { .. } | Self::NoMetadata { .. } => "ask the server's owner",
            Self::NoEndpoint { .. } | Self::NoS256 { .. } => {
                "ask the owner of the authorization server"
            }
        };
        Some(help.to_owned())
    }
}

// Whether a person can type the issuer as it is shown.
fn is_declarable(issuer: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/%".contains(c);
    issuer.len() <= 200 && issuer.chars().all(plain) && url::validate(issuer).is_ok()
}
