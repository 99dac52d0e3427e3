//! One declaration of your MCP servers, written into every AI client's own file.
//!
//! The modules are in the order of the pipeline. A module uses its left neighbour, never its right one. All of them
//! are private: what the program needs is exported here, and what the tests need in `testing`.

mod cli;
mod commands;
mod completion;
mod manual;

mod declaration;

mod client;
mod model;

mod render;

mod plan;

mod apply;
mod ledger;

mod document;

mod entry;
mod launch;

mod auth;
mod bridge;

mod doctor;
mod import;
mod overview;
mod survey;

mod allocator;
mod diagnostic;
mod display;
mod fields;
mod fs;
mod http;
#[cfg(not(unix))]
mod job;
mod memory;
mod paths;
mod placeholder;
mod secret;
mod secret_store;
mod similar;
mod suggest;
mod timer;
mod verify;
mod wildcard;
mod wrapped;

#[expect(missing_docs, reason = "each module has the name of the one that it exports a part of")]
pub mod testing;

pub use allocator::BySize;
pub use cli::{Cli, Exit};
pub use commands::{Terminal, refuse, run};
pub use memory::protect;
pub use paths::Environment;
