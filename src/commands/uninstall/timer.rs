//! The timer that refreshes sign-ins.

use super::super::{Done, Failure, Invocation, refresh};
use crate::cli::Refresh;
use crate::paths::user_number;
use crate::timer::{NAME, TimerChange, TimerManager};

/// Returns the name of the timer if `refresh --install` installed it. A timer of home-manager is not mcpgen's to remove.
pub fn found(invocation: &Invocation<'_>) -> Result<Vec<String>, Failure> {
    let manager = TimerManager::new(invocation.env, user_number());
    let change = TimerChange::uninstall(&manager, invocation.env);
    Ok(match change {
        Ok(None) => vec![],
        Ok(Some(_)) => vec![format!("timer    {NAME}\n")],
        Err(_) if manager.other_path.as_ref().is_some_and(|path| path.exists()) => vec![],
        Err(_) if manager.paths.iter().any(|path| path.exists()) => {
            vec![format!("timer    {NAME} (edited, or not installed by mcpgen)\n")]
        }
        Err(_) => vec![],
    })
}

/// Removes it.
pub fn remove(invocation: &Invocation<'_>) -> Done {
    refresh::run(invocation, &Refresh::to_uninstall())
}
