//! What suggested commands repeat of the user's command line.

use super::Rim;
use crate::cli::{Apply, Command, Login, Logout, Plan, Refresh, Render, Scope, Status, Token};
use crate::suggest::Suggest;

/// Collects the options that decide what the user's command works on.
pub fn suggest(rim: &Rim<'_>, command: &Command) -> Suggest {
    let mut suggest = Suggest::new(rim.env).with_file(&rim.declaration_path());
    suggest.templates = rim.global.templates.as_deref().map(|dir| rim.env.absolute(dir));
    if let Command::Plan(Plan { scope, .. }) | Command::Apply(Apply { scope, .. }) = command {
        scoped(rim, &mut suggest, scope);
    }
    if let Command::Apply(Apply { keep_going: true, .. }) = command {
        suggest.flags.push("--keep-going");
    }
    if let Command::Render(Render { project: Some(dir), .. }) = command {
        suggest.project = Some(rim.env.absolute(dir));
    }
    if is_private(command) {
        suggest.flags.push("--allow-private");
    }
    suggest
}

fn is_private(command: &Command) -> bool {
    matches!(
        command,
        Command::Login(Login { allow_private: true, .. })
            | Command::Status(Status { allow_private: true, .. })
            | Command::Refresh(Refresh { allow_private: true, .. })
            | Command::Token(Token { allow_private: true, .. })
            | Command::Logout(Logout { allow_private: true, .. })
    )
}

fn scoped(rim: &Rim<'_>, suggest: &mut Suggest, scope: &Scope) {
    suggest.project = scope.project.as_deref().map(|dir| rim.env.absolute(dir));
    suggest.owner.clone_from(&scope.owner);
    suggest.linked_at.clone_from(&scope.linked_at);
    suggest.adopt.clone_from(&scope.adopt);
    suggest.clients.clone_from(&scope.clients);
    let flags = [
        ("--adopt-all", scope.adopt_all),
        ("--none", scope.none),
        ("--follow-links", scope.follow_links),
    ];
    suggest.flags = flags.into_iter().filter(|(_, given)| *given).map(|(flag, _)| flag).collect();
}
