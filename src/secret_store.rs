//! The stores that secret references name: keyring, environment, files and programs.
//!
//! Each scheme has one small file. [`resolve`] queries all references at once and gives up at a deadline.

pub mod dotenv;
pub mod keyring;
pub mod resolve;

mod command;
mod deadline;
mod dotenv_dispute;
mod env;
mod error;
mod file;
mod onepassword;
mod pass;
mod program;
mod variables;

pub use deadline::Deadline;
pub use error::SecretError;
pub use variables::{deciding_variables, required_variables, variables};
