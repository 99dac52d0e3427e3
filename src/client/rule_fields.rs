//! The fields of the rules of a client, as data.

use super::field_type::FieldTypes;
use super::other_files::OTHER_FILES;
use super::rule::{ENTRY_RULE, RuleEffect};
use super::server_list::SERVER_LIST;
use crate::fields::{Field, Shape, Table, field};

const LOSES: Field = field(
    "loses",
    Shape::OneOf(RuleEffect::WORDS),
    "What the client ignores if an entry is wrong.",
);
const TYPES: Field =
    field("types", Shape::WordLists(FieldTypes::WORDS), "The types that fields can have.");
const ENTRIES: Field = field("entries", Shape::Tables(&ENTRY_RULE), "Rules about entries.");

/// The rules of a client.
pub static RULES: Table = Table {
    title: "the rules of a client",
    fields: &[
        LOSES,
        TYPES,
        ENTRIES,
        field("other-layout", Shape::Table(&OTHER_LAYOUT), "The rules in the other layout."),
        field(
            "url-schemes",
            Shape::Strings,
            "The schemes of URLs that the client supports [default: http and https].",
        ),
        field(
            "rejects-byte-order-mark",
            Shape::Boolean,
            "Whether the client cannot read a file that starts with a byte order mark.",
        ),
        field("lists", Shape::Tables(&SERVER_LIST), "The lists that allow or block servers."),
        field("unread", Shape::Tables(&UNREAD), "The files that the client does not read."),
        field("reads", Shape::Tables(&OTHER_FILES), "Other files that the client reads."),
    ],
};

/// The fields that every row of a list must have.
pub static REQUIRED: [(&str, &Table, &[&str]); 4] = [
    ("entries", &ENTRY_RULE, &["loses"]),
    ("lists", &SERVER_LIST, &["key", "effect"]),
    ("unread", &UNREAD, &["path", "key"]),
    ("reads", &OTHER_FILES, &["path", "key"]),
];

static OTHER_LAYOUT: Table = Table { title: "`other-layout`", fields: &[LOSES, TYPES, ENTRIES] };

static UNREAD: Table = Table {
    title: "`unread`",
    fields: &[
        field("path", Shape::String, "The file."),
        field("key", Shape::String, "The key of the servers in the file."),
    ],
};
