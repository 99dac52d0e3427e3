//! One declaration of your MCP servers, written into every AI client's own file.
//!
//! The modules are in the order of the pipeline. A module uses its left neighbour, never its right one.

pub mod cli;
pub mod commands;

pub mod declaration;

pub mod client;
pub mod model;

pub mod render;

pub mod plan;

pub mod apply;
pub mod ledger;

pub mod document;

pub mod entry;
pub mod launch;

pub mod auth;
pub mod bridge;

pub mod doctor;
pub mod import;
pub mod survey;

pub mod diagnostic;
pub mod display;
pub mod fields;
pub mod fs;
pub mod http;
pub mod memory;
pub mod paths;
pub mod secret;
pub mod secret_store;
pub mod similar;
pub mod suggest;
