//! Servers whose entries do not show whether they require a sign-in: entries with only a URL.

use std::collections::{BTreeMap, BTreeSet};

use super::ImportNote;
use super::draft::{DraftReach, DraftSignIn, OAuthDraft, RemoteDraft, ServerDraft};
use super::note::NoteReason;
use crate::model::url;

/// What a server responds to a request without a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignInNeed {
    /// It requires a sign-in with OAuth.
    Required,
    /// It works without a sign-in.
    NotRequired,
    /// The response does not show it, with the reason.
    Unclear(String),
}

/// The responses of servers by their URLs. A server that was not asked is not in it.
pub type SignInAnswers = BTreeMap<String, SignInNeed>;

/// Returns the remote server of an entry if the entry does not show whether the server requires a sign-in.
pub fn may_sign_in(found: &ServerDraft) -> Option<&RemoteDraft> {
    let DraftReach::Remote(remote) = &found.reach else { return None };
    let silent =
        remote.sign_in == DraftSignIn::None && !remote.headers.hide() && !found.forbids_sign_in;
    silent.then_some(remote)
}

/// Returns whether a server is on this machine, where few servers require a sign-in.
pub fn is_on_this_machine(remote: &RemoteDraft) -> bool {
    url::is_loopback(url::parts(&remote.url).host)
}

/// Adds a sign-in to each entry whose server requires one. Returns the URLs of servers that require none.
pub fn fill(
    found: &mut [ServerDraft],
    left: &mut Vec<ImportNote>,
    ask: &dyn Fn(BTreeSet<String>) -> SignInAnswers,
) -> BTreeSet<String> {
    let urls: BTreeSet<String> =
        found.iter().filter_map(may_sign_in).map(|remote| remote.url.clone()).collect();
    let answers = if urls.is_empty() { SignInAnswers::new() } else { ask(urls) };
    for entry in found {
        let answer = may_sign_in(entry).and_then(|remote| answers.get(&remote.url));
        match (answer, &mut entry.reach) {
            (Some(SignInNeed::Required), DraftReach::Remote(remote)) => {
                remote.sign_in = DraftSignIn::OAuth(OAuthDraft::default());
            }
            (Some(SignInNeed::Unclear(why)), DraftReach::Remote(remote))
                if !is_on_this_machine(remote) =>
            {
                left.push(ImportNote {
                    client: entry.client.clone(),
                    file: entry.file.clone(),
                    entry: entry.name.clone(),
                    why: NoteReason::UnclearSignIn(why.clone()),
                });
            }
            (Some(_) | None, _) => {}
        }
    }
    let open = |(url, need): (String, SignInNeed)| (need == SignInNeed::NotRequired).then_some(url);
    answers.into_iter().filter_map(open).collect()
}
