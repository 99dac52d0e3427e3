//! Installs or removes a timer. If anything fails, every file is restored.

use camino::{Utf8Path, Utf8PathBuf};

use super::manager::{is_active, run, run_when_ready};
use super::{ManagerCommand, TimerError, TimerFile, TimerManager};
use crate::fs::staged::{stage, stage_removal};
use crate::fs::{self, Location, Published};
use crate::paths::Environment;

/// The steps that install or remove a timer.
#[derive(Debug)]
pub struct TimerChange<'a> {
    manager: &'a TimerManager,
    env: &'a Environment,
    /// The files that change.
    pub files: Vec<FileChange>,
    /// The commands before the files change.
    pub first: Vec<&'a ManagerCommand>,
    /// The commands after the files have changed.
    pub last: Vec<&'a ManagerCommand>,
    was_active: bool,
}

/// A file of a timer before and after a change.
#[derive(Debug)]
pub struct FileChange {
    /// The path.
    pub path: Utf8PathBuf,
    /// The content before, or `None` if the file does not exist.
    pub before: Option<String>,
    /// The content after, or `None` if the file is removed.
    pub after: Option<String>,
}

impl<'a> TimerChange<'a> {
    /// Plans to install a timer. Returns `None` if the same timer is already active.
    ///
    /// # Errors
    /// Fails if another timer is in its place, or if there is no service manager.
    pub fn install(
        manager: &'a TimerManager,
        env: &'a Environment,
        files: Vec<TimerFile>,
    ) -> Result<Option<Self>, TimerError> {
        let before = manager.own_files()?;
        let was_active = is_active(manager, env)?;
        if was_active && before.iter().all(Option::is_none) {
            return Err(TimerError::Active(manager.halt.clone()));
        }
        let change =
            |(TimerFile { path, text }, before)| FileChange { path, before, after: Some(text) };
        let files = files.into_iter().zip(before).map(change);
        let files: Vec<_> = files.filter(|file| file.before != file.after).collect();
        if was_active && files.is_empty() {
            return Ok(None);
        }
        let first = Vec::from_iter(was_active.then_some(&manager.stop));
        let last = manager.start.iter().collect();
        Ok(Some(Self { manager, env, files, first, last, was_active }))
    }

    /// Plans to remove the timer. Returns `None` if there is no timer.
    ///
    /// # Errors
    /// Fails if mcpgen did not install the timer.
    pub fn uninstall(
        manager: &'a TimerManager,
        env: &'a Environment,
    ) -> Result<Option<Self>, TimerError> {
        let before = manager.own_files()?;
        // Without a service manager there is nothing to stop, and only the files are removed.
        let has_manager = env.find_program(manager.query.program).is_some();
        let was_active = has_manager && is_active(manager, env)?;
        if before.iter().all(Option::is_none) {
            let other = was_active.then(|| TimerError::Active(manager.halt.clone()));
            return other.map_or(Ok(None), Err);
        }
        let files = manager.paths.iter().cloned().zip(before);
        let files = files.filter(|(_, before)| before.is_some());
        let files = files.map(|(path, before)| FileChange { path, before, after: None }).collect();
        let stops = was_active || (has_manager && manager.stops_idle);
        let first = Vec::from_iter(stops.then_some(&manager.stop));
        let last = manager.forget.iter().filter(|_| has_manager).collect();
        Ok(Some(Self { manager, env, files, first, last, was_active }))
    }

    /// Changes the files and runs the commands.
    ///
    /// # Errors
    /// Fails if a file cannot be written or a command fails. Every file is then restored.
    pub fn carry_out(&self) -> Result<(), TimerError> {
        self.first.iter().try_for_each(|command| run(command, self.env))?;
        let missing = self.files.first().map(|file| fs::missing_above(&file.path));
        let done = self.write().and_then(|()| self.run_after(self.last.iter().copied()));
        if done.is_err() {
            self.roll_back(&missing.unwrap_or_default());
        }
        done
    }

    fn run_after(
        &self,
        mut commands: impl Iterator<Item = &'a ManagerCommand>,
    ) -> Result<(), TimerError> {
        commands.try_for_each(|command| run_when_ready(command, self.manager, self.env))
    }

    fn write(&self) -> Result<(), TimerError> {
        self.files.iter().try_for_each(|file| {
            let FileChange { path, before, after } = file;
            self.replace(path, before.as_deref(), after.as_deref())
        })
    }

    fn replace(
        &self,
        path: &Utf8Path,
        before: Option<&str>,
        after: Option<&str>,
    ) -> Result<(), TimerError> {
        let [before, after] =
            [before, after].map(|text| text.map(|text| self.manager.encode(text)));
        let staged = match &after {
            Some(bytes) => stage(&Location::new(path)?, Some(bytes))?,
            None => stage_removal(path)?,
        };
        match staged.publish(before.as_deref())? {
            Published::Done => Ok(()),
            Published::Overtaken => Err(TimerError::Overtaken(path.to_owned())),
        }
    }

    // Errors are ignored, because the error that caused the rollback is reported.
    fn roll_back(&self, missing: &[Utf8PathBuf]) {
        if !self.files.is_empty() && self.files.iter().all(|file| file.after.is_some()) {
            run(&self.manager.stop, self.env).ok();
        }
        for FileChange { path, before, after } in &self.files {
            let is_changed = |bytes: Option<Vec<u8>>| {
                bytes == after.as_ref().map(|text| self.manager.encode(text))
            };
            if fs::read(path).is_ok_and(is_changed) {
                self.replace(path, after.as_deref(), before.as_deref()).ok();
            }
        }
        fs::remove_empty(missing);
        self.run_after(self.manager.forget.iter()).ok();
        if self.was_active {
            self.run_after(self.manager.start.iter()).ok();
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::collections::BTreeMap;
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::paths::Os;
    use crate::timer::RefreshTimer;

    // A stand-in for launchctl, which has not released the name of the agent when `bootout` returns.
    const LAUNCHCTL: &str = r#"#!/bin/sh
case "$1" in
  bootstrap) if [ -e "$0.busy" ]; then rm "$0.busy"; exit 5; fi; : > "$0.active" ;;
  bootout) rm "$0.active"; : > "$0.busy" ;;
  print) [ -e "$0.active" ] ;;
esac
"#;

    #[test]
    fn an_agent_is_started_as_soon_as_launchd_has_released_its_name() {
        let scratch = tempfile::tempdir().unwrap();
        let home = Utf8Path::from_path(scratch.path()).unwrap();
        fs::write_private(&home.join("launchctl"), LAUNCHCTL.as_bytes()).unwrap();
        std::fs::set_permissions(home.join("launchctl"), PermissionsExt::from_mode(0o755)).unwrap();
        let path = [("PATH".to_owned(), format!("{home}:/usr/bin:/bin"))];
        let env = Environment::bare(Os::Macos, home).overlaid(&path.into());
        let manager = TimerManager::new(&env, 501);
        for minutes in [15, 30] {
            let argv = vec!["/bin/mcpgen".to_owned(), "refresh".to_owned()];
            let timer = RefreshTimer { argv, variables: BTreeMap::new(), minutes };
            let files = manager.files(&timer).unwrap();
            let change = TimerChange::install(&manager, &env, files).unwrap().unwrap();
            change.carry_out().unwrap();
            assert!(home.join("launchctl.active").exists(), "{minutes}");
        }
    }
}
