//! What the tests and the fuzz targets use of the modules. All modules are private, so the compiler finds every item that neither the program
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
    pub mod callback {
        pub use crate::auth::callback::CallbackRequest;
    }
    pub mod challenge {
        pub use crate::auth::challenge::Challenge;
    }
    pub mod discover {
        pub use crate::auth::discover::{ExpectedIssuer, check_resource, parse_metadata};
    }
    pub mod error_response {
        pub use crate::auth::error_response::ErrorResponse;
    }
    pub mod registration {
        pub use crate::auth::registration::Registration;
    }
    pub mod token_set {
        pub use crate::auth::token_set::TokenSet;
    }
}
pub mod bridge {
    pub use crate::bridge::ToolFilter;
    pub mod events {
        pub use crate::bridge::events::EventStream;
    }
    pub mod id_scanner {
        pub use crate::bridge::id_scanner::IdScanner;
    }
    pub mod message {
        pub use crate::bridge::message::{failure, on_one_line, parse, value};
    }
    pub mod modern {
        pub use crate::bridge::modern::{Action, DiscoverOutcome, Modern, judge};
    }
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
    pub use crate::declaration::{Declaration, Includes};
}
pub mod diagnostic {
    pub use crate::diagnostic::Diagnostic;
}
pub mod display {
    pub use crate::display::{excerpt, is_steering, printable};
}
pub mod document {
    pub use crate::document::{
        CreatedParts, Document, DocumentError, Entry, Format, Position, Section, parse,
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
pub mod http {
    pub use crate::http::BufferedResponse;
    pub mod cookies {
        pub use crate::http::cookies::CookieJar;
    }
    pub mod encoding {
        pub use crate::http::encoding::decoded;
    }
    pub mod redirect {
        pub use crate::http::redirect::redirect_target;
    }
}
pub mod import {
    pub use crate::import::{ChosenVersions, SecretPolicy, SignInAnswers, SignInNeed, import};
}
pub mod launch {
    pub use crate::launch::{Command, Launch, Launcher};
}
pub mod model {
    pub use crate::model::{DEFAULT_BRIDGE, Model, build};
    pub mod url {
        pub use crate::model::url::{parts, same_origin, validate};
    }
    pub mod native {
        pub use crate::model::native::NATIVE;
    }
}
pub mod paths {
    pub use crate::paths::{Environment, Os};
}
pub mod placeholder {
    pub use crate::placeholder::{is_expanded, known};
}
pub mod ledger {
    pub use crate::ledger::Ledger;
}
pub mod render {
    pub use crate::render::render;
}
pub mod secret {
    pub use crate::secret::{SCHEME_NAMES, SecretReference, redact};
    pub mod literal {
        pub use crate::secret::literal::{
            LocatedSecret, SecretVerdict, TABLE, TokenShape, judge, judge_arguments, judge_named,
            locate_secrets, mask,
        };
    }
}
pub mod secret_store {
    pub mod dotenv {
        pub use crate::secret_store::dotenv::syntax::parse;
    }
}
pub mod suggest {
    pub use crate::suggest::{ShellCommand, Suggest};
}
pub mod survey {
    pub use crate::survey::{EntryReach, Project, survey, unfiled_section};
}
pub mod timer {
    pub use crate::timer::{RefreshTimer, TimerManager};
}
