//! `init`: a commented starter declaration.

use super::{Done, Failure, Rim, import, tell};
use crate::cli::{Exit, Init};
use crate::diagnostic::Diagnostic;
use crate::fs;

const STARTER: &str = include_str!("starter.toml");
const CLIENTS: &str = "clients = [\"claude-code\", \"cursor\"]";

pub fn run(rim: &Rim<'_>, flags: &Init) -> Done {
    let path = rim.declaration_path();
    let shown = rim.env.display(&path);
    if path.exists() {
        let fault =
            Diagnostic::error(format!("`{shown}` is there already, and init overwrites nothing"));
        return Err(fault.help("name another file with `--file`").into());
    }
    if flags.import {
        let read = import::read(rim, &[], flags.secrets, flags.follow_links)?;
        read.keep()?;
        fs::write_new(&path, read.text().as_bytes(), false).map_err(|e| Failure::error(&e))?;
        read.say(rim);
        tell(&format!("wrote {shown}; next: {}\n", rim.suggest.mcpgen(read.next())));
        return Ok(read.exit);
    }
    let table = rim.table()?;
    let found: Vec<String> =
        table.found(rim.env).iter().map(|c| format!("\"{}\"", c.name)).collect();
    let text = if found.is_empty() {
        STARTER.to_owned()
    } else {
        STARTER.replace(CLIENTS, &format!("clients = [{}]", found.join(", ")))
    };
    fs::write_new(&path, text.as_bytes(), false).map_err(|error| Failure::error(&error))?;
    tell(&format!("wrote {shown}; edit it, then look at {}\n", rim.suggest.mcpgen("plan")));
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_starter_has_the_line_that_init_fills_in() {
        assert_eq!(STARTER.matches(CLIENTS).count(), 1);
    }
}
