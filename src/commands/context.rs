//! The options of the user's command line that suggested commands repeat.

use super::Invocation;
use crate::cli::{
    Apply, CliCommand, Diff, HeadersFlags, ImportFlags, Login, Logout, Merge, Plan, Refresh,
    Render, Scope, Status, TokenFlags,
};
use crate::suggest::Suggest;

/// Collects the options of every command.
pub fn suggest_alone(invocation: &Invocation<'_>) -> Suggest {
    let mut suggest = Suggest::new(invocation.env).with_file(&invocation.declaration_path());
    suggest.sets.clone_from(&invocation.global.sets);
    suggest
}

/// Collects the options that decide what the user's command works on.
pub fn suggest(invocation: &Invocation<'_>, command: &CliCommand) -> Suggest {
    let mut suggest = suggest_alone(invocation);
    suggest.templates =
        invocation.global.templates.as_deref().map(|dir| invocation.env.absolute(dir));
    if let CliCommand::Plan(Plan { scope, .. })
    | CliCommand::Diff(Diff { scope, .. })
    | CliCommand::Apply(Apply { scope, .. }) = command
    {
        scoped(invocation, &mut suggest, scope);
    }
    if let CliCommand::Apply(Apply { keep_going: true, .. }) = command {
        suggest.flags.push("--keep-going");
    }
    if let CliCommand::Render(Render { project: Some(dir), .. })
    | CliCommand::Import(ImportFlags { project: Some(dir), .. }) = command
    {
        suggest.project = Some(invocation.env.absolute(dir));
    }
    if let CliCommand::Merge(Merge { owner, .. }) = command {
        suggest.owner.clone_from(owner);
    }
    if is_private(command) {
        suggest.flags.push("--allow-private");
    }
    suggest
}

fn is_private(command: &CliCommand) -> bool {
    matches!(
        command,
        CliCommand::Login(Login { allow_private: true, .. })
            | CliCommand::Status(Status { allow_private: true, .. })
            | CliCommand::Refresh(Refresh { allow_private: true, .. })
            | CliCommand::Token(TokenFlags { allow_private: true, .. })
            | CliCommand::Headers(HeadersFlags { allow_private: true, .. })
            | CliCommand::Logout(Logout { allow_private: true, .. })
    )
}

fn scoped(invocation: &Invocation<'_>, suggest: &mut Suggest, scope: &Scope) {
    suggest.project = scope.project.as_deref().map(|dir| invocation.env.absolute(dir));
    suggest.owner.clone_from(&scope.owner);
    suggest.linked_at.clone_from(&scope.linked_at);
    suggest.mcpgen.clone_from(&scope.mcpgen);
    suggest.adopt.clone_from(&scope.adopt);
    suggest.inherit.clone_from(&scope.inherit);
    suggest.clients.clone_from(&scope.clients);
    let flags = [
        ("--adopt-all", scope.adopt_all),
        ("--none", scope.none),
        ("--follow-links", scope.follow_links),
    ];
    suggest.flags = flags.into_iter().filter(|(_, given)| *given).map(|(flag, _)| flag).collect();
}
