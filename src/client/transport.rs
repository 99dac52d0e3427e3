//! The transports of MCP.

/// The transport of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// A program's standard input and output.
    Stdio,
    /// Streamable HTTP.
    Http,
    /// HTTP with server-sent events, the older transport.
    Sse,
}

impl Transport {
    /// Returns the name of the transport.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stdio => "stdio",
            Self::Http => "http",
            Self::Sse => "sse",
        }
    }

    pub(super) const WORDS: [(&str, Self); 3] = [
        (Self::Stdio.name(), Self::Stdio),
        (Self::Http.name(), Self::Http),
        (Self::Sse.name(), Self::Sse),
    ];
}
