//! What a launch must be when it is read from an entry again.

use mcpgen::testing::client::FieldSpellings;
use mcpgen::testing::entry::{self, EntryLaunch};
use mcpgen::testing::launch::Launch;
use serde_json::json;

/// What reading an entry back must give: exactly the launch that was made for it.
pub fn reading(launch: Launch) -> EntryLaunch {
    match launch {
        Launch::Address(address) => {
            // Each client has its own field for the command that prints the headers, and one meaning.
            let value = json!({
                "url": &address.url, "headers": &address.headers, "headersHelper": &address.helper
            });
            match entry::read_entry(&value, FieldSpellings::common()) {
                Some(printed @ EntryLaunch::Headers(_)) => printed,
                _ => EntryLaunch::Address {
                    url: address.url,
                    transport: Some(address.transport),
                    headers: address.headers,
                },
            }
        }
        Launch::Command(command) => {
            let value = json!({ "command": command.program, "args": command.args });
            match entry::read_entry(&value, FieldSpellings::common()) {
                Some(exec @ EntryLaunch::Exec { .. }) => exec,
                Some(
                    EntryLaunch::Command(_) | EntryLaunch::Headers(_) | EntryLaunch::Address { .. },
                )
                | None => EntryLaunch::Command(command),
            }
        }
    }
}
