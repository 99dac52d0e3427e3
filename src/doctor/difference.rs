//! What makes two calls of the bridge two sign-ins.

use std::collections::{BTreeMap, BTreeSet};

use super::input::{TracedCall, shown};
use crate::auth::bridge_flags::{KNOWN_FLAGS, KeyPart, KnownFlag};
use crate::auth::bridge_version::{BridgeVersion, Feature};
use crate::model::native::NATIVE;
use crate::suggest::Suggest;

/// Names what differs in a call from the one that the others make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// The address has a slash at its end.
    Slash,
    /// The address lacks the slash at its end.
    NoSlash,
    /// The URL is spelled differently.
    Spelling,
    /// A header that the others do not pass.
    MoreHeader(String),
    /// A header that the others pass.
    NoHeader(String),
    /// A header's text.
    HeaderText(String),
    /// The value of a flag.
    Flag(&'static str),
    /// A version that keeps its sign-ins in a folder of its own, and whether the entry names it.
    Version(BridgeVersion, bool),
    /// The native bridge, beside one that keeps its sign-ins elsewhere.
    Native,
    /// A base folder of its own.
    Folder,
}

impl Difference {
    /// Finds all differences that matter for the place of the sign-in.
    pub fn all(one: TracedCall<'_>, usual: TracedCall<'_>) -> Vec<Self> {
        let (call, other) = (one.call, usual.call);
        let mut found: Vec<Self> = address(&call.url, &other.url).into_iter().collect();
        found.extend(headers(&call.headers, &other.headers));
        let differs = |known: &&KnownFlag| {
            let part = known.key_part.filter(|part| *part != KeyPart::Headers);
            part.is_some_and(|part| call.key_part(part) != other.key_part(part))
        };
        found.extend(KNOWN_FLAGS.iter().filter(differs).map(|known| Self::Flag(known.name)));
        let (folder, other) = (one.files.directory(), usual.files.directory());
        if folder.file_name() != other.file_name() {
            let named = one.bridge.start.words.iter().any(|word| word.contains("mcp-remote@"));
            found.push(match one.bridge.is_native() {
                true => Self::Native,
                false => Self::Version(one.bridge.version, named),
            });
        }
        if folder.parent() != other.parent() {
            found.push(Self::Folder);
        }
        found
    }

    /// Returns the finding's code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Slash | Self::NoSlash => "slash",
            Self::Spelling => "spelling",
            Self::MoreHeader(_) | Self::NoHeader(_) | Self::HeaderText(_) => "header",
            Self::Flag(_) => "flag",
            Self::Version(..) | Self::Native => "version",
            Self::Folder => "folder",
        }
    }

    /// Says what differs.
    pub fn cause(&self, who: &str, url: &str) -> String {
        match self {
            Self::Slash => {
                format!("{who}'s address ends in a slash, which makes it another sign-in")
            }
            Self::NoSlash => {
                format!(
                    "{who}'s address lacks the slash at its end, which makes it another sign-in"
                )
            }
            Self::Spelling => {
                format!(
                    "{who} writes the address as `{}`, which makes it another sign-in",
                    shown(url)
                )
            }
            Self::MoreHeader(name) => format!("{who} passes a header `{name}`, the others do not"),
            Self::NoHeader(name) => format!("{who} passes no header `{name}`, the others do"),
            Self::HeaderText(name) => {
                format!("{who} writes another text for the header `{name}` than the others")
            }
            Self::Flag(flag) => format!("{who} has another `{flag}` than the others"),
            Self::Version(version, _) if version.has(Feature::SharedDirectory) => {
                format!(
                    "{who} runs mcp-remote {version}, and others one that shares no folder with it"
                )
            }
            Self::Version(version, false) => format!(
                "{who} starts the mcp-remote {version} that is installed here, which keeps its sign-ins in a folder of its own"
            ),
            Self::Version(version, true) => format!(
                "{who} pins mcp-remote@{version}, which keeps its sign-ins in a folder of its own"
            ),
            Self::Native => format!(
                "{who} runs mcpgen's bridge, and others an mcp-remote that shares no folder with it"
            ),
            Self::Folder => {
                format!("{who} keeps its sign-ins in another folder (MCP_REMOTE_CONFIG_DIR)")
            }
        }
    }

    /// Says what to do.
    pub fn remedy(&self, place: &str, usual: TracedCall<'_>, suggest: &Suggest) -> String {
        let migrate = || suggest.mcpgen("login --migrate");
        match self {
            Self::Slash | Self::NoSlash | Self::Spelling => {
                format!("write `{}` for {place}", shown(&usual.call.url))
            }
            Self::MoreHeader(_) | Self::NoHeader(_) | Self::HeaderText(_) => {
                format!("pass the same headers everywhere; this one is {place}")
            }
            Self::Flag(flag) => format!("pass the same `{flag}` everywhere; this one is {place}"),
            Self::Version(..) => {
                let newest = usual.advised();
                format!("write {newest} for {place}, then {}", migrate())
            }
            Self::Native => format!(
                "write `{}` for the others too, then {}; this one is {place}",
                NATIVE.join(" "),
                migrate()
            ),
            Self::Folder => {
                format!("set MCP_REMOTE_CONFIG_DIR in every client's `env`, or in none; {place}")
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
