//! How the tokens of a sign-in are obtained.

/// Says how tokens are obtained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Grant {
    /// A person signs in in a browser on this machine.
    #[default]
    Browser,
    /// A person enters a code on another device (RFC 8628).
    Device,
    /// The client signs in itself, without a person (RFC 6749, section 4.4).
    ClientCredentials,
    /// The server accepts the identity of a person who has signed in at an identity provider.
    Enterprise,
    /// The server accepts an assertion that another program issues (RFC 7523).
    JwtBearer,
}

impl Grant {
    /// Returns whether nobody signs in at the server itself.
    pub fn is_unattended(self) -> bool {
        match self {
            Self::Browser | Self::Device => false,
            Self::ClientCredentials | Self::Enterprise | Self::JwtBearer => true,
        }
    }
}
