//! The help of `bridge`. Its arguments are parsed in `bridge/options.rs`, like mcp-remote's.

use std::fmt::Write as _;

use clap::Args;

use crate::auth::bridge_flags::{FlagGroup, KNOWN_FLAGS};

const WIDTH: usize = 80;
// Where the second column starts.
const COLUMN: usize = 32;

/// Arguments of `bridge`.
#[derive(Debug, Args)]
#[command(
    override_usage = "mcpgen bridge URL [PORT] [FLAGS]",
    after_help = list_of_flags()
)]
pub struct BridgeFlags {
    /// The server's URL, and mcp-remote's options
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        required = true,
        value_name = "URL"
    )]
    pub args: Vec<String>,
}

fn list_of_flags() -> String {
    let mut list =
        "The command line is that of mcp-remote 0.15.1. PORT is the callback port.\n".to_owned();
    for group in FlagGroup::ALL {
        let _ = write!(list, "\n{}:\n", group.title());
        for known in KNOWN_FLAGS.iter().filter(|known| known.group == group) {
            let value = known.value.map(|value| format!(" {value}")).unwrap_or_default();
            let mut line = format!("  {}{value}", known.name);
            if line.len() + 2 > COLUMN {
                list += &line;
                list.push('\n');
                line.clear();
            }
            for word in known.help.split(' ') {
                if line.len() + 1 + word.len() > WIDTH {
                    list += &line;
                    list.push('\n');
                    line.clear();
                }
                line = match line.len() {
                    length if length < COLUMN => format!("{line:COLUMN$}{word}"),
                    _ => format!("{line} {word}"),
                };
            }
            list += &line;
            list.push('\n');
        }
    }
    list.truncate(list.trim_end().len());
    list
}
