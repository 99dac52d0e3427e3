//! The man pages: one for each command, made from the parser of the command line, and one for the declaration, made from
//! its fields.

mod command_page;
mod declaration_page;
mod roff;

pub use command_page::command_page;
pub use declaration_page::declaration_page;
