//! Translates notifications from the server into the form that older clients know.

use serde_json::Value;

use super::identity::META;
use super::{Action, Modern};

const SUBSCRIPTION_ID: &str = "io.modelcontextprotocol/subscriptionId";

impl Modern {
    /// Handles a notification from the server.
    pub(super) fn notice(&mut self, method: &str, mut message: Value) -> Vec<Action> {
        let stream = take_stream(&mut message);
        match method {
            "notifications/subscriptions/acknowledged" => {
                self.acknowledged(stream.as_ref(), &message["params"]["notifications"])
            }
            // In this revision, the notification only ends a stream of changes.
            "notifications/cancelled" => {
                let id = message["params"]["requestId"].clone();
                let ended = self.stream_ended(&id, None);
                if ended.is_empty() { ended } else { [vec![Action::Abandon(id)], ended].concat() }
            }
            _other if stream.is_some_and(|id| self.listening.has_left(&id)) => vec![],
            _other => vec![Action::ToClient(message)],
        }
    }
}

// Removes and returns the id of the stream. Also removes `_meta` if nothing else is in it.
fn take_stream(message: &mut Value) -> Option<Value> {
    let params = message.get_mut("params")?.as_object_mut()?;
    let meta = params.get_mut(META)?.as_object_mut()?;
    let id = meta.shift_remove(SUBSCRIPTION_ID)?;
    if meta.is_empty() {
        params.shift_remove(META);
    }
    Some(id)
}
