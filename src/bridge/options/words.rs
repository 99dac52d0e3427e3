//! Sorts the arguments of a command line into options and values.

use std::time::Duration;

use super::{BridgeCallError, OptionsError, TransportOrder};
use crate::auth::bridge_flags::KnownFlag;
use crate::model::url;

/// A command line, sorted into options with and without a value.
pub struct Words<'a> {
    valued: Vec<(&'static str, &'a str)>,
    bare: Vec<&'static str>,
}

impl<'a> Words<'a> {
    pub(super) fn sort(args: &'a [String]) -> Result<Self, OptionsError> {
        let mut words = Self { valued: vec![], bare: vec![] };
        let mut others = 0;
        let mut rest = args.iter();
        while let Some(word) = rest.next() {
            if let Some(known) = KnownFlag::find(word) {
                if known.value.is_some() {
                    let value = rest.next().ok_or(OptionsError::NoValue(known.name))?;
                    words.valued.push((known.name, value));
                } else {
                    words.bare.push(known.name);
                }
            } else if word.starts_with('-') {
                let name = word.split('=').next().unwrap_or_default();
                return Err(match KnownFlag::find(name) {
                    Some(known) => OptionsError::Joined(known),
                    None => OptionsError::Unknown(name.to_owned()),
                });
            } else {
                others += 1;
            }
        }
        if others > 2 { Err(OptionsError::TooMany) } else { Ok(words) }
    }

    pub(super) fn has(&self, flag: &str) -> bool {
        self.bare.contains(&flag)
    }

    // If an option is repeated, its first value counts.
    fn value(&self, flag: &str) -> Option<(&'static str, &'a str)> {
        self.valued.iter().find(|(name, _)| *name == flag).copied()
    }

    pub(super) fn all(&self, flag: &str) -> Vec<String> {
        let found = self.valued.iter().filter(|(name, _)| *name == flag);
        found.map(|(_, value)| (*value).to_owned()).collect()
    }

    // The inner `None` means no timeout, which is written as 0.
    pub(super) fn seconds(
        &self,
        flag: &str,
        zero: bool,
    ) -> Result<Option<Option<Duration>>, OptionsError> {
        let Some((flag, text)) = self.value(flag) else { return Ok(None) };
        let takes = if zero {
            "a number of seconds (0 for no limit)"
        } else {
            "a number of seconds above 0"
        };
        let seconds = text.trim().parse::<f64>().ok().filter(|seconds| *seconds >= 0.0);
        match seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()) {
            Some(Duration::ZERO) if zero => Ok(Some(None)),
            Some(Duration::ZERO) | None => Err(OptionsError::Value { flag, takes }),
            Some(time) => Ok(Some(Some(time))),
        }
    }

    pub(super) fn order(&self) -> Result<TransportOrder, OptionsError> {
        let takes = "`http-first`, `sse-first`, `http-only` or `sse-only`";
        match self.value("--transport") {
            None | Some((_, "http-first")) => Ok(TransportOrder::HttpFirst),
            Some((_, "sse-first")) => Ok(TransportOrder::SseFirst),
            Some((_, "http-only")) => Ok(TransportOrder::HttpOnly),
            Some((_, "sse-only")) => Ok(TransportOrder::SseOnly),
            Some((flag, _)) => Err(OptionsError::Value { flag, takes }),
        }
    }

    pub(super) fn modern(&self) -> Result<bool, OptionsError> {
        match self.value("--protocol") {
            None | Some((_, "legacy")) => Ok(false),
            Some((_, "auto")) => Ok(true),
            Some((flag, _)) => Err(OptionsError::Value { flag, takes: "`legacy` or `auto`" }),
        }
    }

    pub(super) fn issuer(&self) -> Result<Option<String>, OptionsError> {
        let Some((flag, text)) = self.value("--issuer") else { return Ok(None) };
        match url::validate(text) {
            Ok(()) => Ok(Some(text.to_owned())),
            Err(url::UrlError::PlainHttp) if self.has("--allow-http") => Ok(Some(text.to_owned())),
            Err(_) => Err(OptionsError::Value { flag, takes: "an https URL" }),
        }
    }

    // Like mcp-remote 0.15.1, accepts only an https URL without user name, query or fragment. With plain http, the URL
    // must be on this machine, or `--allow-http` must be set.
    pub(super) fn success_url(&self) -> Result<Option<String>, OptionsError> {
        let Some((flag, text)) = self.value("--auth-success-url") else { return Ok(None) };
        let takes = "a single https URL (http on this machine, or with --allow-http) without user \
                     name, query or fragment";
        let good = |url: &::url::Url| {
            let host = url.host_str().unwrap_or_default();
            let local = ["localhost", "127.0.0.1", "[::1]"].contains(&host);
            let plain = url.scheme() == "http" && (local || self.has("--allow-http"));
            let bare = url.username().is_empty() && url.password().is_none();
            (url.scheme() == "https" || plain) && bare && !text.contains(['?', '#'])
        };
        let one = self.all("--auth-success-url").len() == 1;
        let url = ::url::Url::parse(text).ok().filter(|url| one && good(url));
        url.map(|url| Some(url.into())).ok_or(OptionsError::Value { flag, takes })
    }

    pub(super) fn file_or_text(
        &self,
        flag: &str,
        read: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Option<String>, OptionsError> {
        let Some((_, text)) = self.value(flag) else { return Ok(None) };
        match text.strip_prefix('@') {
            Some(path) => match read(path) {
                Some(content) => Ok(Some(content)),
                None => Err(BridgeCallError::NoFile(path.to_owned()).into()),
            },
            None => Ok(Some(text.to_owned())),
        }
    }
}
