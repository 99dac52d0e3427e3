//! `render`: whole minimal files, to stdout or as a tree.

use camino::{Utf8Path, Utf8PathBuf};

use super::{Done, Failure, Rim, pick, print};
use crate::cli::{Exit, Render};
use crate::client::Client;
use crate::fs;
use crate::paths::Environment;
use crate::render::render;

pub fn run(rim: &Rim<'_>, flags: &Render) -> Done {
    let table = rim.table()?;
    let model = rim.model(&table)?;
    let env = match &flags.home {
        Some(home) => Environment::bare(rim.env.os, &rim.env.absolute(home)),
        None => rim.env.clone(),
    };
    let launcher = rim.launcher(&model, &env, None)?;
    let mut files: Vec<(Utf8PathBuf, Utf8PathBuf, String)> = vec![];
    for client in pick(rim, &flags.clients, &model.clients, &table)? {
        let Some((full, relative)) = place(client, &env, flags.project.as_deref())? else {
            continue;
        };
        if files.iter().any(|(_, seen, _)| *seen == relative) {
            continue;
        }
        let rendered = render(&model, &launcher, client).map_err(|error| rim.unrendered(&error))?;
        files.push((full, relative, rendered.text()));
    }
    match flags.out.as_deref().or(flags.project.as_deref()) {
        Some(out) => {
            for (_, relative, text) in files {
                fs::write_new(&out.join(relative), text.as_bytes(), true)
                    .map_err(|e| Failure::error(&e))?;
            }
        }
        None => {
            let several = files.len() > 1;
            let file = |(full, _, text): &(Utf8PathBuf, Utf8PathBuf, String)| {
                if several {
                    format!("==> {} <==\n{text}\n", env.display(full))
                } else {
                    text.clone()
                }
            };
            print(&files.iter().map(file).collect::<String>())?;
        }
    }
    Ok(Exit::Done)
}

// Where a client's file is, and where below the home or project folder.
fn place(
    client: &Client,
    env: &Environment,
    project: Option<&Utf8Path>,
) -> Result<Option<(Utf8PathBuf, Utf8PathBuf)>, Failure> {
    if let Some(project) = project {
        return Ok(client.fresh_project_path().map(|path| (project.join(path), path.to_owned())));
    }
    let path = client.fresh_path(env).map_err(|error| Failure::error(&error))?;
    Ok(path.map(|path| {
        let relative = path.strip_prefix(&env.home).unwrap_or(&path).as_str();
        let relative = relative.trim_start_matches(['/', '\\']).replace(':', "");
        (path.clone(), relative.into())
    }))
}
