//! The bridge's command line: that of mcp-remote 0.15.1, so that one takes the other's place in any entry.
//!
//! What decides the cache key and the sign-in is read by the reader of calls, which follows mcp-remote to the
//! byte. The rest is read here, and what mcp-remote passes over in silence is an error.

use std::time::Duration;

use crate::auth::call::{BridgeCall, NotACall};
use crate::auth::era::BridgeVersion;
use crate::diagnostic::nearest;

/// Says why a command line cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotOptions {
    /// What decides key and sign-in.
    #[error(transparent)]
    Call(#[from] NotACall),
    /// A flag that is none.
    #[error("there is no `{flag}`; {remedy}")]
    Unknown {
        /// The flag.
        flag: String,
        /// What may have been meant.
        remedy: String,
    },
    /// A word where none belongs. It is not shown: it may be what a flag without its name holds.
    #[error(
        "there is a word too many behind the address; it takes one port, and flags (mcpgen bridge --help)"
    )]
    TooMany,
    /// A flag without its value.
    #[error("nothing follows `{0}`; write its value behind it")]
    NoValue(&'static str),
    /// A value of another kind.
    #[error("`{flag}` takes {takes}")]
    Value {
        /// The flag.
        flag: &'static str,
        /// What it takes.
        takes: &'static str,
    },
}

/// Says which transport is tried first, and whether the other one follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Streamable HTTP, then HTTP+SSE.
    HttpFirst,
    /// HTTP+SSE, then Streamable HTTP.
    SseFirst,
    /// Streamable HTTP alone.
    HttpOnly,
    /// HTTP+SSE alone.
    SseOnly,
}

/// Says how a person is asked to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// In a browser on this machine.
    Browser,
    /// By a code on another device.
    Device,
    /// Not at all: the client speaks for itself.
    ClientCredentials,
}

/// Holds how long to wait. `None` is for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For a connection.
    pub connect: Duration,
    /// For the begin of an answer.
    pub headers: Option<Duration>,
    /// For the next piece of an answer.
    pub body: Option<Duration>,
    /// For a person who signs in.
    pub person: Duration,
}

/// Holds what a command line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// What decides the key and the sign-in.
    pub call: BridgeCall,
    /// The order of transports.
    pub order: Order,
    /// How to sign in.
    pub grant: Grant,
    /// How long to wait.
    pub patience: Patience,
    /// How often the server is pinged.
    pub ping: Option<Duration>,
    /// Patterns of tools that the client is not to see.
    pub ignored_tools: Vec<String>,
    /// Where the browser ends up after a sign-in.
    pub success_url: Option<String>,
    /// What `--static-oauth-client-info` says, with `${NAME}` as written.
    pub client_information: Option<String>,
    /// What `--static-oauth-client-metadata` says.
    pub client_metadata: Option<String>,
    /// Whether the ID token is sent in place of the access token.
    pub id_token: bool,
    /// Whether only IPv4 is used.
    pub ipv4: bool,
    /// Whether cookies are kept.
    pub cookies: bool,
    /// Whether a server of the revision 2026-07-28 is looked for.
    pub modern: bool,
    /// Whether a sign-in may lead into a private network.
    pub allow_private: bool,
    /// Whether what passes is written down.
    pub debug: bool,
    /// Whether nothing is said.
    pub silent: bool,
}

const WITH_VALUE: [&str; 18] = [
    "--auth-success-url",
    "--auth-timeout",
    "--authorize-param",
    "--body-timeout",
    "--callback-path",
    "--client-metadata-url",
    "--connect-timeout",
    "--header",
    "--header-file",
    "--headers-timeout",
    "--host",
    "--ignore-tool",
    "--ping-interval",
    "--protocol",
    "--resource",
    "--static-oauth-client-info",
    "--static-oauth-client-metadata",
    "--transport",
];
const WITHOUT_VALUE: [&str; 12] = [
    "--allow-http",
    "--allow-private",
    "--client-credentials",
    "--debug",
    "--device-code",
    "--disable-cookies",
    "--disable-resource-parameter",
    "--enable-proxy",
    "--ipv4",
    "--keep-alive",
    "--silent",
    "--use-id-token",
];
// One that may stand without a value, which the reader of calls then says.
const TOKEN_ENDPOINT: &str = "--token-endpoint";

const CONNECT: Duration = Duration::from_secs(10);
const SILENCE: Duration = Duration::from_secs(300);
// mcp-remote gives a person thirty seconds, which a password manager and a second factor do not fit in.
const PERSON: Duration = Duration::from_secs(180);
const PING: Duration = Duration::from_secs(30);

impl Options {
    /// Reads a command line: what stands behind `mcpgen bridge`. `read` gives the content of a file that an
    /// argument names.
    ///
    /// # Errors
    /// Fails with the first argument that cannot be used.
    pub fn parse(
        args: &[String],
        read: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, NotOptions> {
        let words = Words::sort(args)?;
        let call = BridgeCall::parse(args, BridgeVersion::NEWEST, read)?;
        let patience = Patience {
            connect: words.seconds("--connect-timeout", false)?.flatten().unwrap_or(CONNECT),
            headers: words.seconds("--headers-timeout", true)?.unwrap_or(Some(SILENCE)),
            body: words.seconds("--body-timeout", true)?.unwrap_or(Some(SILENCE)),
            person: words.seconds("--auth-timeout", false)?.flatten().unwrap_or(PERSON),
        };
        let interval = words.seconds("--ping-interval", false)?.flatten();
        Ok(Self {
            call,
            order: words.order()?,
            grant: words.grant(),
            patience,
            ping: interval.or(words.has("--keep-alive").then_some(PING)),
            ignored_tools: words.all("--ignore-tool"),
            success_url: words.success_url()?,
            client_information: words.file_or_text("--static-oauth-client-info", read)?,
            client_metadata: words.file_or_text("--static-oauth-client-metadata", read)?,
            id_token: words.has("--use-id-token"),
            ipv4: words.has("--ipv4"),
            cookies: !words.has("--disable-cookies"),
            modern: words.modern()?,
            allow_private: words.has("--allow-private"),
            debug: words.has("--debug"),
            silent: words.has("--silent"),
        })
    }
}

// A command line, sorted: flags with their values, and flags without.
struct Words<'a> {
    valued: Vec<(&'static str, &'a str)>,
    bare: Vec<&'static str>,
}

impl<'a> Words<'a> {
    fn sort(args: &'a [String]) -> Result<Self, NotOptions> {
        let mut words = Self { valued: vec![], bare: vec![] };
        let mut others = 0;
        let mut rest = args.iter();
        while let Some(word) = rest.next() {
            if let Some(flag) = WITH_VALUE.iter().find(|flag| **flag == *word) {
                words.valued.push((flag, rest.next().ok_or(NotOptions::NoValue(flag))?));
            } else if let Some(flag) = WITHOUT_VALUE.iter().find(|flag| **flag == *word) {
                words.bare.push(flag);
            } else if word == TOKEN_ENDPOINT {
                rest.next();
            } else if word.starts_with('-') {
                return Err(unknown(word));
            } else {
                others += 1;
            }
        }
        if others > 2 { Err(NotOptions::TooMany) } else { Ok(words) }
    }

    fn has(&self, flag: &str) -> bool {
        self.bare.contains(&flag)
    }

    // The first of a flag counts.
    fn value(&self, flag: &str) -> Option<(&'static str, &'a str)> {
        self.valued.iter().find(|(name, _)| *name == flag).copied()
    }

    fn all(&self, flag: &str) -> Vec<String> {
        let found = self.valued.iter().filter(|(name, _)| *name == flag);
        found.map(|(_, value)| (*value).to_owned()).collect()
    }

    // The inner None is zero: no limit.
    fn seconds(&self, flag: &str, zero: bool) -> Result<Option<Option<Duration>>, NotOptions> {
        let Some((flag, text)) = self.value(flag) else { return Ok(None) };
        let takes = if zero { "seconds, or 0 for no limit" } else { "a number of seconds above 0" };
        let seconds = text.trim().parse::<f64>().ok().filter(|seconds| *seconds >= 0.0);
        match seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()) {
            Some(Duration::ZERO) if zero => Ok(Some(None)),
            Some(Duration::ZERO) | None => Err(NotOptions::Value { flag, takes }),
            Some(time) => Ok(Some(Some(time))),
        }
    }

    fn order(&self) -> Result<Order, NotOptions> {
        let takes = "http-first, sse-first, http-only or sse-only";
        match self.value("--transport") {
            None | Some((_, "http-first")) => Ok(Order::HttpFirst),
            Some((_, "sse-first")) => Ok(Order::SseFirst),
            Some((_, "http-only")) => Ok(Order::HttpOnly),
            Some((_, "sse-only")) => Ok(Order::SseOnly),
            Some((flag, _)) => Err(NotOptions::Value { flag, takes }),
        }
    }

    fn modern(&self) -> Result<bool, NotOptions> {
        match self.value("--protocol") {
            None | Some((_, "legacy")) => Ok(false),
            Some((_, "auto")) => Ok(true),
            Some((flag, _)) => Err(NotOptions::Value { flag, takes: "legacy or auto" }),
        }
    }

    fn grant(&self) -> Grant {
        if self.has("--client-credentials") {
            Grant::ClientCredentials
        } else if self.has("--device-code") {
            Grant::Device
        } else {
            Grant::Browser
        }
    }

    // mcp-remote 0.15.1: one address, https or on this machine, that carries nothing.
    fn success_url(&self) -> Result<Option<String>, NotOptions> {
        let Some((flag, text)) = self.value("--auth-success-url") else { return Ok(None) };
        let takes = "one https address (http on this machine, or with --allow-http), without user \
                     name, query or fragment";
        let good = |url: &url::Url| {
            let host = url.host_str().unwrap_or_default();
            let local = ["localhost", "127.0.0.1", "[::1]"].contains(&host);
            let plain = url.scheme() == "http" && (local || self.has("--allow-http"));
            let bare = url.username().is_empty() && url.password().is_none();
            (url.scheme() == "https" || plain) && bare && !text.contains(['?', '#'])
        };
        let one = self.all("--auth-success-url").len() == 1;
        let url = url::Url::parse(text).ok().filter(|url| one && good(url));
        url.map(|url| Some(url.into())).ok_or(NotOptions::Value { flag, takes })
    }

    fn file_or_text(
        &self,
        flag: &str,
        read: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Option<String>, NotOptions> {
        let Some((_, text)) = self.value(flag) else { return Ok(None) };
        match text.strip_prefix('@') {
            Some(path) => match read(path) {
                Some(content) => Ok(Some(content)),
                None => Err(NotACall::NoFile(path.to_owned()).into()),
            },
            None => Ok(Some(text.to_owned())),
        }
    }
}

fn unknown(word: &str) -> NotOptions {
    let flag = word.split('=').next().unwrap_or_default().to_owned();
    let known = WITH_VALUE.iter().chain(&WITHOUT_VALUE).chain([&TOKEN_ENDPOINT]);
    let remedy = match known.clone().find(|known| **known == flag) {
        Some(flag) => format!("write the value as a word of its own: {flag} VALUE"),
        None => match nearest(&flag, known.copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "it takes mcp-remote's flags, which `mcpgen bridge --help` lists".to_owned(),
        },
    };
    NotOptions::Unknown { flag, remedy }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(args: &[&str]) -> Result<Options, NotOptions> {
        let args: Vec<String> =
            ["https://a/mcp"].iter().chain(args).map(|arg| (*arg).to_owned()).collect();
        Options::parse(&args, &|path| (path == "f").then(|| "{\"client_id\":\"c\"}".to_owned()))
    }

    #[test]
    fn mcp_remotes_flags_are_taken() {
        let plain = options(&[]).unwrap();
        assert_eq!(
            (plain.order, plain.grant, plain.ping),
            (Order::HttpFirst, Grant::Browser, None)
        );
        assert_eq!((plain.cookies, plain.modern), (true, false));
        let all = options(&[
            "9999",
            "--header",
            "A:1",
            "--transport",
            "sse-only",
            "--protocol",
            "auto",
            "--headers-timeout",
            "0",
            "--body-timeout",
            "1.5",
            "--ping-interval",
            "5",
            "--ignore-tool",
            "a*",
            "--ignore-tool",
            "b",
            "--static-oauth-client-info",
            "@f",
            "--auth-success-url",
            "https://done.example",
            "--disable-cookies",
            "--device-code",
            "--enable-proxy",
        ])
        .unwrap();
        assert_eq!((all.order, all.grant), (Order::SseOnly, Grant::Device));
        assert_eq!((all.patience.headers, all.patience.connect), (None, CONNECT));
        assert_eq!(all.patience.body, Some(Duration::from_millis(1500)));
        assert_eq!((all.ping, all.ignored_tools.len()), (Some(Duration::from_secs(5)), 2));
        assert_eq!(all.client_information.as_deref(), Some("{\"client_id\":\"c\"}"));
        assert_eq!(all.success_url.as_deref(), Some("https://done.example/"));
        assert_eq!((all.cookies, all.modern, all.call.port), (false, true, Some(9999)));
    }

    #[test]
    fn what_cannot_be_used_is_an_error_that_says_what_can() {
        for (args, want) in [
            (&["--transprt", "x"][..], "there is no `--transprt`; did you mean `--transport`?"),
            (
                &["--resource=https://r"][..],
                "there is no `--resource`; write the value as a word of its own: --resource VALUE",
            ),
            (&["--header"][..], "nothing follows `--header`; write its value behind it"),
            (
                &["--connect-timeout", "0"][..],
                "`--connect-timeout` takes a number of seconds above 0",
            ),
            (&["--protocol", "new"][..], "`--protocol` takes legacy or auto"),
        ] {
            assert_eq!(options(args).unwrap_err().to_string(), want);
        }
        assert_eq!(options(&["1", "secret"]), Err(NotOptions::TooMany));
        for url in ["http://a", "https://u@a", "https://a?b", "https://a#b", "a"] {
            assert!(options(&["--auth-success-url", url]).is_err(), "{url}");
        }
    }
}
