//! The launches of the entries in clients' files.

use std::collections::BTreeMap;

use mcpgen::testing::client::{ClientHomes, ClientTable};
use mcpgen::testing::paths::{Environment, Os};
use mcpgen::testing::secret::literal::{LocatedSecret, locate_secrets};
use mcpgen::testing::survey::{EntryReach, Project, survey};

use crate::case::Case;

/// Says of each entry what it comes to in the end: who is reached, with what, whoever starts it. What hides a
/// secret on the way is left out.
pub fn launches(case: &Case) -> BTreeMap<(String, String), String> {
    let table = ClientTable::load(None).unwrap();
    let home = camino::Utf8Path::from_path(case.home()).unwrap();
    let env = Environment::bare(Os::Linux, home);
    let mut found = BTreeMap::new();
    for section in
        survey(&table, &ClientHomes::default(), &env, &Project::new(&home.join("project"), false))
            .unwrap()
    {
        for entry in section.entries.iter().flatten() {
            let Some(reach) = &entry.reach else { continue };
            let key = (section.client.name.clone(), entry.name.clone());
            found.insert(key, launch(reach));
        }
    }
    found
}

fn launch(reach: &EntryReach) -> String {
    match reach {
        EntryReach::Exec(exec) => {
            launch(&exec.behind.as_ref().map_err(ToString::to_string).unwrap().reach)
        }
        EntryReach::Program(command) => {
            format!("{} {:?} {:?}", command.program, without_secrets(&command.args), command.cwd)
        }
        EntryReach::Address { url, .. } => url.clone(),
        EntryReach::Bridge(bridge) => match &bridge.call {
            // Headers may hold a secret, which goes another way afterwards.
            Ok(call) if !call.headers.is_empty() => call.url.clone(),
            Ok(call) => format!("{} {} {}", call.url, call.key(), bridge.version),
            Err(why) => why.to_string(),
        },
    }
}

/// Leaves the secrets of arguments out: some of them go another way afterwards.
fn without_secrets(args: &[String]) -> Vec<String> {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let secrets = locate_secrets(&words).into_iter();
    let text = |(arg, secret): (&String, Option<LocatedSecret<'_>>)| match secret {
        Some(secret) => format!("{}…{}", &arg[..secret.range.start], &arg[secret.range.end..]),
        None => arg.clone(),
    };
    let shown = args.iter().zip(secrets).map(text);
    shown.map(|text| text.trim_end_matches("=…").to_owned()).collect()
}
