//! `init`: a commented starter declaration.

use camino::Utf8Path;

use super::{Done, Failure, Invocation, eprint_text, import};
use crate::cli::{Exit, Init};
use crate::diagnostic::Diagnostic;
use crate::fs;
use crate::suggest::ShellCommand;

const STARTER: &str = include_str!("starter.toml");
const CLIENTS: &str = "clients = [\"claude-code\", \"cursor\"]";

pub fn run(invocation: &Invocation<'_>, flags: &Init) -> Done {
    let path = invocation.declaration_path();
    let shown = invocation.env.display(&path);
    if fs::is_there(&path) {
        return Err(taken(invocation, &path, flags.import).into());
    }
    if flags.import {
        let read = import::read_clients(invocation, &[], None, flags.secrets.into(), flags.probe)?;
        read.keep()?;
        create(invocation, &path, read.text(), read.private)?;
        read.eprint(invocation);
        eprint_text(&format!("wrote {shown}; next: {}\n", invocation.suggest.mcpgen(read.next())));
        return Ok(read.exit);
    }
    let table = invocation.table()?;
    let found: Vec<String> =
        table.found(invocation.env).iter().map(|c| format!("\"{}\"", c.name)).collect();
    let text = if found.is_empty() {
        STARTER.to_owned()
    } else {
        STARTER.replace(CLIENTS, &format!("clients = [{}]", found.join(", ")))
    };
    create(invocation, &path, &text, false)?;
    eprint_text(&format!(
        "wrote {shown}; edit the file, then run {}\n",
        invocation.suggest.mcpgen("plan")
    ));
    Ok(Exit::Done)
}

fn create(
    invocation: &Invocation<'_>,
    path: &Utf8Path,
    text: &str,
    private: bool,
) -> Result<(), Failure> {
    match fs::create_new(path, text.as_bytes(), private) {
        Ok(true) => Ok(()),
        Ok(false) => Err(taken(invocation, path, false).into()),
        Err(error) => Err(Failure::error(&error)),
    }
}

// A link is not followed, wherever it leads.
fn taken(invocation: &Invocation<'_>, path: &Utf8Path, is_import: bool) -> Diagnostic {
    let shown = invocation.env.display(path);
    if let (false, Ok(end)) = (path.exists(), path.read_link_utf8()) {
        let fault = Diagnostic::error(format!(
            "`{shown}` is a link to `{end}`, which does not exist, and `init` does not follow links"
        ));
        let remove = ShellCommand::new("rm").path(path, invocation.env);
        return fault
            .help(format!("remove the link with {remove}, or name another file with `--file`"));
    }
    let fault =
        Diagnostic::error(format!("`{shown}` already exists, and `init` does not overwrite files"));
    // The file may be the untouched starter.
    let suggest = &invocation.suggest;
    let fault = match is_import {
        true => fault.help(format!(
            "print the servers that your clients have with {}, and copy them to the file",
            suggest.mcpgen("import")
        )),
        false => fault.help(format!("change the file with {}", suggest.mcpgen("edit"))),
    };
    fault.help("or name another file with `--file`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_starter_has_the_line_that_init_fills_in() {
        assert_eq!(STARTER.matches(CLIENTS).count(), 1);
    }
}
