//! The questions which version of a server all clients get, if the clients' entries differ.

use super::super::eprint_text;
use super::SetupRun;
use crate::display::clean;
use crate::import::{ChosenVersions, ImportDifference};

/// Asks about each difference. Returns `None` if the person wants to stop.
pub fn choose(session: &SetupRun<'_>, differences: &[ImportDifference]) -> Option<ChosenVersions> {
    let mut chosen = ChosenVersions::new();
    for ImportDifference { name, versions } in differences {
        eprint_text(&format!("\n{}: your clients have different versions\n", clean(name)));
        for (at, (clients, text)) in versions.iter().enumerate() {
            eprint_text(&format!("  {}  in {}\n", at + 1, clean(clients)));
            text.lines().for_each(|line| eprint_text(&format!("       {}\n", clean(line))));
        }
        let numbers: Vec<String> = (1..=versions.len()).map(|number| number.to_string()).collect();
        let choices: Vec<&str> = numbers.iter().map(String::as_str).chain(["q"]).collect();
        let choice = session.questions.choose("which one should all clients get?", &choices, 0)?;
        let at = numbers.iter().position(|number| number == choice)?;
        chosen.insert(name.clone(), at);
    }
    Some(chosen)
}
