//! The homes that a declaration adds for its clients.

use camino::Utf8Path;

use crate::client::{Client, ClientHomes, ClientTable};
use crate::declaration::DeclarationErrors;
use crate::document::{Format, write};
use crate::fields::{Fields, Spanned};
use crate::paths::Environment;
use crate::suggest::Suggest;

use super::clients::known_clients;

/// Returns the valid homes in `[homes]`. `declared` are the clients of the declaration.
pub fn build(
    fields: Fields<'_>,
    table: &ClientTable,
    declared: &[String],
    (env, suggest): (&Environment, &Suggest),
    errors: &mut DeclarationErrors,
) -> ClientHomes {
    let mut homes = ClientHomes::default();
    let Some(all) = fields.table("homes") else { return homes };
    for (name, list) in all.keys().filter_map(|name| Some((name, all.strings(name)?))) {
        let span = all.key_span(name).unwrap_or_default();
        let name = Spanned { value: name.to_owned(), span };
        known_clients(std::slice::from_ref(&name), table, suggest, errors);
        let Some(client) = table.get(&name.value) else { continue };
        // If `clients` itself is wrong, only this error is reported.
        if !declared.is_empty() && !declared.contains(&name.value) {
            let title = format!("`{}` has homes, but is not in `clients`", name.value);
            let help = format!("add \"{}\" to `clients`, or remove its homes", name.value);
            errors.at(&name, title, "not a declared client").add_help(help);
        } else if client.home.is_none() {
            let title = format!("`{}` has only one home", name.value);
            errors
                .at(&name, title, "no environment variable names its home")
                .add_help(format!("remove `{}` from `homes`", name.value));
        } else {
            list.value.into_iter().for_each(|home| add(&mut homes, client, home, env, errors));
        }
    }
    homes
}

fn add(
    homes: &mut ClientHomes,
    client: &Client,
    home: Spanned<String>,
    env: &Environment,
    errors: &mut DeclarationErrors,
) {
    let expanded = env.expand_tilde(&home.value);
    let directory = env.absolute(Utf8Path::new(&expanded));
    if !Utf8Path::new(&expanded).is_absolute() {
        errors
            .at(&home, format!("`{}` is not an absolute path", home.value), "not absolute")
            .add_help(absolute_help(&home.value));
    } else if is_usual(client, &directory, env) {
        let title = format!("`{}` is the usual home of {}", home.value, client.title);
        errors
            .at(&home, title, "not an additional home")
            .add_note("the usual home always gets the servers")
            .add_help(format!("remove \"{}\"", home.value));
    } else if homes.directories(client, env).contains(&directory) {
        errors
            .at(&home, format!("`{}` is in the list twice", home.value), "listed before")
            .add_help(format!("remove \"{}\"", home.value));
    } else {
        homes.add(&client.name, home.value);
    }
}

// Suggests the path in the home directory that the user probably meant. mcpgen expands no placeholders here.
fn absolute_help(home: &str) -> String {
    let below = ["${HOME}/", "$HOME/"].into_iter().find_map(|name| home.strip_prefix(name));
    let below = below.or_else(|| home.strip_prefix("./")).unwrap_or(home);
    let below = below.trim_start_matches(['/', '~']);
    let unknown = below.contains('$') || below.split('/').any(|part| part == "..");
    match matches!(below, "" | ".") || unknown {
        true => "write an absolute path, or a path that starts with `~/`".to_owned(),
        false => write::inline(Format::Toml, &format!("~/{below}").into()),
    }
}

// Two homes are the same if they have the same files. In a shell, another home may be the usual one.
fn is_usual(client: &Client, directory: &Utf8Path, env: &Environment) -> bool {
    let usual = client.fresh_paths(env).unwrap_or_default();
    let own = client.env_in_home(directory, env).map(|env| client.candidates(&env));
    own.and_then(Result::ok).is_some_and(|own| own == usual && !own.is_empty())
}
