//! The HTTP client of sign-ins and of the native bridge, over ureq: certificates of the system, the proxy of the
//! environment, timeouts, and no requests from a public server into a private network.

mod agents;
mod cancel;
mod cancellable;
mod client;
mod config;
pub mod cookies;
pub mod encoding;
mod error;
mod form;
mod guard;
mod proxy;
pub mod redirect;
mod request;
mod response;
mod trust;

pub use cancel::CancelHandle;
pub use client::{HttpClient, check};
pub use config::{HttpConfig, HttpTimeouts};
pub use error::HttpError;
pub use form::{decode, encode, query};
pub use proxy::proxy_variable;
pub use request::{HttpMethod, HttpRequest, RedirectPolicy, borrowed};
pub use response::{BufferedResponse, Media, StreamingResponse};

use crate::display::excerpt;

/// Returns a URL as messages show it: without its query, which may contain secrets.
pub fn shown(url: &str) -> String {
    excerpt(url.split(['?', '#']).next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_of_a_url_is_not_shown() {
        assert_eq!(shown("https://a/b?token=x#y"), "https://a/b");
    }
}
