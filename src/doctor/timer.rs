//! Checks whether the program and the declaration of the timer that refreshes sign-ins exist.

use camino::Utf8Path;

use super::input::DoctorInput;
use super::{Finding, Severity};
use crate::paths::user_number;
use crate::timer::{Installed, TimerManager};

pub fn findings(input: &DoctorInput<'_>) -> Vec<Finding> {
    let manager = TimerManager::new(input.env, user_number());
    let paths = manager.paths.first().into_iter().chain(&manager.other_path);
    paths.filter_map(|path| finding(input, &manager, path)).collect()
}

fn finding(input: &DoctorInput<'_>, manager: &TimerManager, path: &Utf8Path) -> Option<Finding> {
    let (text, remedy) = match manager.installed(path).ok()? {
        Installed::Ours(text) => {
            (text, format!("install it again with {}", input.suggest.mcpgen("refresh --install")))
        }
        Installed::Nix(text) => (text?, "rebuild your home-manager configuration".to_owned()),
        Installed::Absent | Installed::Edited | Installed::Foreign => return None,
    };
    let argv = manager.argv(&text)?;
    let named = |pair: &&[String]| ["-f", "--file"].contains(&pair[0].as_str());
    let declaration = argv.windows(2).find(named).map(|pair| ("declaration", &pair[1]));
    let mut files = argv.first().map(|program| ("program", program)).into_iter().chain(declaration);
    let (what, missing) = files.find(|(_, path)| !Utf8Path::new(path).is_file())?;
    let (timer, missing) = (input.env.display(path), input.env.display(Utf8Path::new(missing)));
    let cause = format!("the timer in {timer} cannot run: its {what} {missing} does not exist");
    Some(Finding::new(Severity::Warning, "timer", cause, remedy))
}
