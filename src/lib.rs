//! One declaration of your MCP servers, written into every AI client's own file.
//!
//! The modules in the order of the pipeline; each knows its left neighbour, never its right one.

pub mod document;

pub mod diagnostic;
pub mod fs;
pub mod paths;
pub mod secret;
