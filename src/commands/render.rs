//! `render`: whole minimal files, printed or written to an output directory.

use camino::{Utf8Path, Utf8PathBuf};

use super::{Done, Failure, Invocation, eprint_text, output, pick, print, report};
use crate::cli::{Exit, Render};
use crate::client::Client;
use crate::diagnostic::Diagnostic;
use crate::fs::output::{Files, Kind, Name};
use crate::model::{Machine, Model};
use crate::paths::Environment;
use crate::render::render;

struct RenderedFile {
    client: String,
    // The path of the client's file.
    full: Utf8PathBuf,
    // The path relative to the home directory or the project.
    relative: Utf8PathBuf,
    text: String,
}

pub fn run(invocation: &Invocation<'_>, flags: &Render) -> Done {
    let table = invocation.table()?;
    // The output does not depend on the name of this machine.
    let machine = Machine {
        host: flags.host.clone(),
        ..Machine::here(invocation.env, &invocation.suggest.sets)
    };
    let model = invocation.model_starting(&table, flags.mcpgen.as_ref(), machine)?;
    if !model.excluded.is_empty() {
        eprint_text(&report::excluded::note(&model.excluded));
    }
    let env = match &flags.home {
        Some(home) => Environment::bare(invocation.env.os, &invocation.env.absolute(home)),
        None => invocation.env.clone(),
    };
    let launcher = invocation.launcher(&model, &env, None)?;
    let mut files: Vec<RenderedFile> = vec![];
    for client in pick(invocation, &flags.clients, &model.clients, &table)? {
        let rendered =
            render(&model, &launcher, client).map_err(|error| invocation.unrendered(&error))?;
        for (full, relative) in places(client, &model, &env, flags.project.as_deref())? {
            if files.iter().all(|file| file.relative != relative) {
                let (client, text) = (client.name.clone(), rendered.text());
                files.push(RenderedFile { client, full, relative, text });
            }
        }
    }
    match &flags.out {
        Some(out) => output::fill(invocation, Kind::Render, out, &named(files)?),
        None => show(&env, &files),
    }
}

fn named(files: Vec<RenderedFile>) -> Result<Files, Failure> {
    let named = |file: RenderedFile| match Name::new(&file.relative) {
        Some(name) => Ok((name, file.text.into_bytes())),
        None => Err(misplaced(&file).into()),
    };
    files.into_iter().map(named).collect()
}

fn misplaced(file: &RenderedFile) -> Diagnostic {
    let RenderedFile { client, relative, .. } = file;
    let fault = format!("`{relative}`, the path of `{client}`, cannot be in an output directory");
    Diagnostic::error(fault)
        .note(
            "the path leads out of the directory, or is the name of a file that mcpgen \
             itself writes there",
        )
        .help(format!("correct the path in the row `[{client}]` of your clients.toml"))
}

fn show(env: &Environment, files: &[RenderedFile]) -> Done {
    let several = files.len() > 1;
    let text = |RenderedFile { full, text, .. }: &RenderedFile| {
        if several { format!("==> {} <==\n{text}\n", env.display(full)) } else { text.clone() }
    };
    print(&files.iter().map(text).collect::<String>())?;
    Ok(Exit::Done)
}

// Returns the paths of a client's files, each with its path relative to the home directory or the project.
fn places(
    client: &Client,
    model: &Model,
    env: &Environment,
    project: Option<&Utf8Path>,
) -> Result<Vec<(Utf8PathBuf, Utf8PathBuf)>, Failure> {
    if let Some(project) = project {
        let path = client.fresh_project_path().into_iter();
        return Ok(path.map(|path| (project.join(path), path.to_owned())).collect());
    }
    let bare = Environment::bare(env.os, &env.home);
    let homes = model.homes.all(client, &bare).into_iter();
    let paths = homes.map(|home| client.fresh_path(&home.env)).collect::<Result<Vec<_>, _>>();
    let paths = paths.map_err(|error| Failure::error(&error))?.into_iter().flatten();
    let place = |path: Utf8PathBuf| {
        let relative = path.strip_prefix(&env.home).unwrap_or(&path).as_str();
        let relative = relative.trim_start_matches(['/', '\\']).replace(':', "");
        (path.clone(), relative.into())
    };
    Ok(paths.map(place).collect())
}
