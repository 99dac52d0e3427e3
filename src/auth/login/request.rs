//! The parameters of a sign-in, and the events that it reports.

use std::sync::mpsc::Receiver;
use std::time::Duration;

use camino::Utf8Path;

use crate::auth::cache::{SignInFiles, TokenSet};
use crate::auth::call::BridgeCall;
use crate::auth::credentials::Credentials;
use crate::auth::device;
use crate::http::{HttpClient, shown};
use crate::paths::Environment;

/// How the person authorizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginMethod {
    /// In a browser on this machine.
    Browser,
    /// By opening a URL that is shown.
    Printed,
    /// By entering a code on another device.
    Device,
}

/// The parameters of a sign-in.
#[derive(Debug)]
pub struct LoginRequest<'a> {
    /// The process environment.
    pub env: &'a Environment,
    /// The HTTP client.
    pub http: &'a HttpClient,
    /// The call that starts the bridge.
    pub call: &'a BridgeCall,
    /// The files to write.
    pub files: &'a SignInFiles,
    /// The secrets.
    pub credentials: &'a Credentials,
    /// How the person is reached.
    pub method: LoginMethod,
    /// Lines that the person pastes: the URL that the browser ends on, or the code.
    pub pasted: Option<&'a Receiver<String>>,
    /// The timeout for the person.
    pub timeout: Duration,
    /// A wider scope that the server requires, instead of the discovered one.
    pub wider_scope: Option<&'a str>,
    /// Where the browser is redirected at the end, instead of a page of mcpgen.
    pub success_url: Option<&'a str>,
    /// Skips the sign-in if another process has written such a token set.
    pub skip_if: Option<SkipIf<'a>>,
}

impl<'a> LoginRequest<'a> {
    /// Returns the same request over another HTTP client.
    pub fn over(&self, http: &'a HttpClient) -> Self {
        Self { http, ..*self }
    }
}

/// A test for a token set that makes the sign-in unnecessary.
#[derive(Clone, Copy)]
pub struct SkipIf<'a>(pub &'a dyn Fn(&TokenSet) -> bool);

impl std::fmt::Debug for SkipIf<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SkipIf(…)")
    }
}

/// An event to show to the person.
#[derive(Debug)]
pub enum LoginEvent<'a> {
    /// Another bridge is signing in to the server; its port.
    WaitingForBridge(u16),
    /// The authorization server does not say that it supports PKCE; its issuer.
    PkceNotStated(&'a str),
    /// The authorization URL, and whether a browser was started.
    AuthorizationUrl(&'a str, bool),
    /// The server gave no refresh token, and the declared scope lacks the one that requests it.
    NoOfflineAccess,
    /// A new client was registered; the reason.
    NewClient(&'static str),
    /// No browser could be opened; the cause.
    NoBrowser(String),
    /// A code to enter on another device.
    DeviceCode(&'a device::DeviceAuthorization),
    /// A request to the redirect URI was ignored; the cause.
    IgnoredRequest(&'a str),
    /// Other users could read this file until now.
    Exposed(&'a Utf8Path),
    /// The remaining time.
    Waiting(Duration),
}

/// Shows an event.
pub type OnLoginEvent<'a> = &'a mut dyn FnMut(LoginEvent<'_>);

/// Describes an authorization server that does not say whether it supports PKCE.
pub fn pkce_not_stated(issuer: &str) -> String {
    let issuer = shown(issuer);
    format!("`{issuer}` does not say that it supports PKCE; the sign-in uses PKCE with S256 anyway")
}
