//! The differences that make two calls of the bridge use separate sign-ins.

use std::collections::{BTreeMap, BTreeSet};

use super::input::{TracedCall, shown};
use crate::auth::bridge_flags::{KNOWN_FLAGS, KeyPart, KnownFlag};
use crate::auth::bridge_version::{BridgeVersion, Feature};
use crate::model::native::NATIVE;
use crate::suggest::Suggest;

/// A difference between one call of the bridge and the usual call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// The URL has a trailing slash.
    Slash,
    /// The URL lacks the trailing slash.
    NoSlash,
    /// The URL is spelled differently.
    Spelling,
    /// A header that the usual call does not pass.
    MoreHeader(String),
    /// A header that only the usual call passes.
    NoHeader(String),
    /// The value of a header.
    HeaderText(String),
    /// The value of a flag.
    Flag(&'static str),
    /// A version that keeps its sign-ins in a separate directory, and whether the entry names the version.
    Version(BridgeVersion, bool),
    /// The native bridge, if the usual bridge keeps its sign-ins in another directory.
    Native,
    /// Another base directory.
    Directory,
}

impl Difference {
    /// Finds all differences that change where the sign-in is stored.
    pub fn all(one: TracedCall<'_>, usual: TracedCall<'_>) -> Vec<Self> {
        let (call, other) = (one.call, usual.call);
        let mut found: Vec<Self> = address(&call.url, &other.url).into_iter().collect();
        found.extend(headers(&call.headers, &other.headers));
        let differs = |known: &&KnownFlag| {
            let part = known.key_part.filter(|part| *part != KeyPart::Headers);
            part.is_some_and(|part| call.key_part(part) != other.key_part(part))
        };
        found.extend(KNOWN_FLAGS.iter().filter(differs).map(|known| Self::Flag(known.name)));
        let (directory, other) = (one.files.directory(), usual.files.directory());
        if directory.file_name() != other.file_name() {
            let named = one.bridge.start.words.iter().any(|word| word.contains("mcp-remote@"));
            found.push(match one.bridge.is_native() {
                true => Self::Native,
                false => Self::Version(one.bridge.version, named),
            });
        }
        if directory.parent() != other.parent() {
            found.push(Self::Directory);
        }
        found
    }

    /// Returns the code of the finding.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Slash | Self::NoSlash => "slash",
            Self::Spelling => "spelling",
            Self::MoreHeader(_) | Self::NoHeader(_) | Self::HeaderText(_) => "header",
            Self::Flag(_) => "flag",
            Self::Version(..) | Self::Native => "version",
            Self::Directory => "directory",
        }
    }

    /// Returns a sentence about the difference.
    pub fn cause(&self, who: &str, url: &str) -> String {
        let separate = |what: String| format!("{what}, so the bridge uses a separate sign-in");
        match self {
            Self::Slash => separate(format!("{who} writes the URL with a trailing slash")),
            Self::NoSlash => separate(format!("{who} writes the URL without the trailing slash")),
            Self::Spelling => separate(format!("{who} writes the URL as `{}`", shown(url))),
            Self::MoreHeader(name) => {
                separate(format!("{who} passes the header `{name}` and the other entries do not"))
            }
            Self::NoHeader(name) => separate(format!(
                "{who} does not pass the header `{name}` and the other entries do"
            )),
            Self::HeaderText(name) => separate(format!(
                "{who} passes another value of the header `{name}` than the other entries"
            )),
            Self::Flag(flag) => {
                separate(format!("{who} sets `{flag}` differently from the other entries"))
            }
            Self::Version(version, _) if version.has(Feature::SharedDirectory) => format!(
                "{who} runs mcp-remote {version}, and other entries run a version that keeps its \
                 sign-ins in another directory"
            ),
            Self::Version(version, false) => format!(
                "{who} starts the installed mcp-remote {version}, which keeps its sign-ins in a \
                 separate directory"
            ),
            Self::Version(version, true) => format!(
                "{who} pins mcp-remote@{version}, which keeps its sign-ins in a separate directory"
            ),
            Self::Native => format!(
                "{who} runs mcpgen's bridge, and other entries run an mcp-remote that keeps its \
                 sign-ins in another directory"
            ),
            Self::Directory => format!(
                "{who} keeps its sign-ins in another directory than the other entries \
                 (MCP_REMOTE_CONFIG_DIR)"
            ),
        }
    }

    /// Returns how to remove the difference.
    pub fn remedy(&self, place: &str, usual: TracedCall<'_>, suggest: &Suggest) -> String {
        let migrate = || suggest.mcpgen("login --migrate");
        match self {
            Self::Slash | Self::NoSlash | Self::Spelling => {
                format!("change the URL of {place} to `{}`", shown(&usual.call.url))
            }
            Self::MoreHeader(_) | Self::NoHeader(_) | Self::HeaderText(_) => {
                format!("pass the same headers in {place} as in the other entries")
            }
            Self::Flag(flag) => format!("set `{flag}` in {place} as in the other entries"),
            Self::Version(..) => {
                let newest = usual.advised();
                format!("change the bridge of {place} to {newest}, then run {}", migrate())
            }
            Self::Native => format!(
                "change the bridge of the other entries to `{}` too, as in {place}, then run {}",
                NATIVE.join(" "),
                migrate()
            ),
            Self::Directory => {
                format!(
                    "set MCP_REMOTE_CONFIG_DIR in {place} as in the other entries, or in no \
                     entry"
                )
            }
        }
    }
}

fn address(url: &str, other: &str) -> Option<Difference> {
    if url == other {
        return None;
    }
    Some(match (url.strip_suffix('/'), other.strip_suffix('/')) {
        (Some(bare), None) if bare == other => Difference::Slash,
        (None, Some(bare)) if bare == url => Difference::NoSlash,
        (Some(_) | None, _) => Difference::Spelling,
    })
}

fn headers(one: &[(String, String)], usual: &[(String, String)]) -> Vec<Difference> {
    let map = |headers: &[(String, String)]| -> BTreeMap<String, String> {
        headers.iter().cloned().collect()
    };
    let (one, usual) = (map(one), map(usual));
    let names: BTreeSet<&String> = one.keys().chain(usual.keys()).collect();
    let difference = |name: &String| match (one.get(name), usual.get(name)) {
        (Some(_), None) => Some(Difference::MoreHeader(name.clone())),
        (None, Some(_)) => Some(Difference::NoHeader(name.clone())),
        (Some(text), Some(other)) if text != other => Some(Difference::HeaderText(name.clone())),
        (Some(_), Some(_)) | (None, None) => None,
    };
    names.into_iter().filter_map(difference).collect()
}
