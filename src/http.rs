//! The HTTP client of sign-ins and of the native bridge, over ureq: certificates of the system, the proxy of the
//! environment, timeouts, and no requests from a public server into a private network.

mod cancel;
mod cancellable;
mod client;
mod cookies;
mod error;
mod form;
mod guard;
mod proxy;
mod redirect;
mod request;
mod response;
mod trust;

pub use cancel::CancelHandle;
pub use client::{HttpClient, HttpConfig, HttpTimeouts, check};
pub use error::HttpError;
pub use form::{decode, encode, query};
pub use request::{HttpMethod, HttpRequest, RedirectPolicy, borrowed};
pub use response::{BufferedResponse, Media, StreamingResponse};

/// Returns a URL as messages show it: without its query, which may hold secrets.
pub fn shown(url: &str) -> String {
    url.split(['?', '#']).next().unwrap_or_default().chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_query_is_shown() {
        assert_eq!(shown("https://a/b?token=x#y"), "https://a/b");
    }
}
