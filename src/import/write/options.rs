//! Writes the settings that several clients support.

use serde_json::json;

use super::DeclarationWriter;
use crate::client::Expressible;
use crate::import::draft::ServerDraft;
use crate::import::merge::MergedServer;
use crate::import::options::{EntryOptions, StatedOption};

type Stated = fn(&mut EntryOptions) -> &mut Option<StatedOption<Vec<String>>>;

impl DeclarationWriter<'_> {
    /// Writes the tools that the launch hides. Otherwise, writes those that all clients hide.
    pub(super) fn tools(
        &mut self,
        server: &MergedServer,
        variant: &[ServerDraft],
        extra: &mut [(&str, EntryOptions)],
    ) {
        let launched = variant[0].reach.tools();
        let bridged = variant.iter().any(|found| found.start.is_some());
        let mut list = |launched: &[String], what, said: Stated, bridged: bool| {
            if !launched.is_empty() {
                for (_, options) in &mut *extra {
                    said(options).take_if(|it| it.value == launched);
                }
                return Some(launched.to_vec());
            }
            if bridged { None } else { self.agreed(server, extra, what, said) }
        };
        let allow = list(&launched.allow, Expressible::Allow, |it| &mut it.allow, false);
        let deny = list(&launched.deny, Expressible::Deny, |it| &mut it.deny, bridged);
        let tools = [("allow", allow), ("deny", deny)].into_iter();
        let tools = tools.filter_map(|(name, list)| Some((name.to_owned(), vec![json!(list?)])));
        self.table("tools", tools.collect());
    }

    // Returns a setting if it is equal in all clients that support it. Otherwise it stays in each client's own fields.
    pub(super) fn agreed<T: Clone + PartialEq>(
        &self,
        server: &MergedServer,
        extra: &mut [(&str, EntryOptions)],
        what: Expressible,
        said: fn(&mut EntryOptions) -> &mut Option<StatedOption<T>>,
    ) -> Option<T> {
        let can = |client: &str| self.table.get(client).is_some_and(|it| it.expresses(what));
        // A client that does not support a list of tools would allow all tools.
        let is_list = [Expressible::Allow, Expressible::Deny].contains(&what);
        if is_list && !server.clients.iter().all(|client| can(client)) {
            return None;
        }
        let mut speakers = extra.iter_mut().filter(|(client, _)| can(client));
        let first = said(&mut speakers.next()?.1).as_ref()?.value.clone();
        let same =
            |said: &Option<StatedOption<T>>| said.as_ref().is_some_and(|it| it.value == first);
        if !speakers.all(|(_, options)| same(said(options))) {
            return None;
        }
        extra.iter_mut().for_each(|(_, options)| *said(options) = None);
        Some(first)
    }
}
