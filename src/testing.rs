//! What the tests use of the modules. All modules are private, so the compiler finds every item that neither the program
//! nor a test uses.

pub mod auth {
    pub mod bridge_flags {
        pub use crate::auth::bridge_flags::{FlagImport, KNOWN_FLAGS, KnownFlag};
    }
    pub mod bridge_version {
        pub use crate::auth::bridge_version::BridgeVersion;
    }
    pub mod call {
        pub use crate::auth::call::BridgeCall;
    }
}
pub mod bridge {
    pub mod options {
        pub use crate::bridge::options::BridgeOptions;
    }
}
pub mod cli {
    pub mod manual {
        pub use crate::cli::manual::{EXIT_CODES, examples};
    }
}
pub mod client {
    pub use crate::client::{Client, ClientHomes, ClientTable, FieldSpellings};
}
pub mod declaration {
    pub use crate::declaration::Declaration;
}
pub mod diagnostic {
    pub use crate::diagnostic::Diagnostic;
}
pub mod display {
    pub use crate::display::is_steering;
}
pub mod document {
    pub use crate::document::{
        CreatedParts, Document, DocumentError, Entry, Format, Position, Section,
    };
    pub mod depth {
        pub use crate::document::depth::{MAX_DEPTH, MAX_TOML_DEPTH};
    }
    pub mod edit {
        pub use crate::document::edit::Edit;
    }
    pub mod write {
        pub use crate::document::write::{inline, key};
    }
}
pub mod entry {
    pub use crate::entry::{EntryLaunch, read_entry};
}
pub mod fields {
    pub use crate::fields::parse_toml;
}
pub mod launch {
    pub use crate::launch::{Command, Launch, Launcher};
}
pub mod model {
    pub use crate::model::{DEFAULT_BRIDGE, Model, build};
    pub mod native {
        pub use crate::model::native::NATIVE;
    }
}
pub mod paths {
    pub use crate::paths::{Environment, Os};
}
pub mod render {
    pub use crate::render::render;
}
pub mod secret {
    pub use crate::secret::SCHEME_NAMES;
    pub mod literal {
        pub use crate::secret::literal::{
            LocatedSecret, SecretVerdict, TABLE, TokenShape, judge, judge_arguments, locate_secrets,
        };
    }
}
pub mod suggest {
    pub use crate::suggest::{ShellCommand, Suggest};
}
pub mod survey {
    pub use crate::survey::{EntryReach, Project, survey};
}
pub mod timer {
    pub use crate::timer::{RefreshTimer, TimerManager};
}
