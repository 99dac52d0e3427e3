//! The columns of the client table, as data.

use super::headers_helper::HEADERS_HELPER;
use super::native_sign_in::SIGN_IN;
use super::sign_in_store::SIGN_INS;
use super::spellings::FIELDS;
use super::{PassedEnvironment, Verification};
use crate::fields::{Shape, Table, field};

/// The columns of a row.
pub static ROW: Table = Table {
    title: "a client",
    fields: &[
        field("title", Shape::String, "The client's name for people."),
        field(
            "path",
            Shape::Paths,
            "The client's file. In a list, the first that exists counts, otherwise the first.",
        ),
        field(
            "create",
            Shape::String,
            "The file to create if none of `path` exists [default: the first].",
        ),
        field(
            "layers",
            Shape::Paths,
            "All files of the user whose entries the client merges, if there are several.",
        ),
        field(
            "home",
            Shape::String,
            "The environment variable with the client's home, which `path` contains.",
        ),
        field("project", Shape::Paths, "The client's file in a project."),
        field("section", Shape::KeyPaths, "The keys that lead to the section of entries."),
        field(
            "other-layout",
            Shape::Table(&OTHER_LAYOUT),
            "The columns that differ for a file with another section.",
        ),
        field(
            "list-key",
            Shape::String,
            "The field with the name of an entry, if the section is a list.",
        ),
        field("template", Shape::String, "The file name of the template."),
        field("accepts", Shape::Strings, "The transports that the client supports."),
        field("types", Shape::StringMap, "The client's name for each transport."),
        field(
            "expresses",
            Shape::Strings,
            "The settings that an entry can contain: cwd, timeout, startup-timeout, allow, deny, env-names.",
        ),
        field("maximum", Shape::Table(&MAXIMUM), "The longest timeouts that the client accepts."),
        field("sign-in", Shape::Table(&SIGN_IN), "The fields of the client's own sign-in."),
        field(
            "headers-helper",
            Shape::Table(&HEADERS_HELPER),
            "How an entry names a program that prints the headers.",
        ),
        field("seed", Shape::Open, "Fields that mcpgen writes once and then leaves to the user."),
        field("disable", Shape::Open, "The fields that disable an entry, with their values."),
        field("fields", Shape::Table(&FIELDS), "The client's own names of fields, by role."),
        field("launch-fields", Shape::Strings, "Other fields that change what is launched."),
        field(
            "refuses-env",
            Shape::Strings,
            "Environment variables that the client does not pass to servers.",
        ),
        field("bridge-env", Shape::StringMap, "Variables that only entries of a bridge have."),
        field(
            "environment",
            Shape::OneOf(PassedEnvironment::WORDS),
            "What the client passes of its own environment to a server.",
        ),
        field("passes", Shape::Strings, "Environment variables that it passes nevertheless."),
        field("strips", Shape::Strings, "The only environment variables that it does not pass."),
        field("variable", Shape::String, "How `env` refers to the client's variable NAME."),
        field("expands", Shape::Strings, "The forms of environment variables that it expands."),
        field("predefined", Shape::Strings, "The other placeholders that it replaces."),
        field("expands-in", Shape::Strings, "The only parts of an entry in which it does."),
        field("restart", Shape::Boolean, "Whether the client reads its file only when it starts."),
        field(
            "lock",
            Shape::Boolean,
            "Whether the client holds FILE.lock while it writes the file.",
        ),
        field("strict", Shape::Boolean, "Whether the client rejects comments and trailing commas."),
        field(
            "splits",
            Shape::Boolean,
            "Whether the client splits `command` into a program and arguments.",
        ),
        field(
            "one-list",
            Shape::Boolean,
            "Whether the client rejects an entry with both lists of tools.",
        ),
        field(
            "name-refuses",
            Shape::Strings,
            "Characters that the client does not accept in the name of an entry.",
        ),
        field(
            "project-note",
            Shape::String,
            "What the client does before it uses a project's file.",
        ),
        field("dock", Shape::Boolean, "Whether the client is started without a shell's PATH."),
        field(
            "directories",
            Shape::String,
            "The key that contains one section for each of several directories.",
        ),
        field("cmd-shim", Shape::Boolean, "Whether the client needs cmd to start npx on Windows."),
        field("sign-ins", Shape::Table(&SIGN_INS), "The client's file with its own sign-ins."),
        field("docs", Shape::String, "The URL of the client's documentation."),
        field(
            "absent",
            Shape::OneOf(Verification::WORDS),
            "The source of what `expresses` does not list.",
        ),
        field("also-reads", Shape::Table(&ALSO_READS), "Other clients' files that it reads too."),
        field(
            "known",
            Shape::OneOf(Verification::WORDS),
            "The source of the row: the client was run, or its source code or \
             documentation was read.",
        ),
    ],
    foreign: &[],
};

/// The columns of another layout.
pub static OTHER_LAYOUT: Table = Table {
    title: "`other-layout`",
    fields: &[
        field("section", Shape::KeyPaths, "The keys that lead to the section of this layout."),
        field("template", Shape::String, "The file name of the template for this layout."),
        field("seed", Shape::Open, "Fields that mcpgen writes once in this layout."),
        field("disable", Shape::Open, "The fields that disable an entry in this layout."),
        field("sign-in", Shape::Table(&SIGN_IN), "The fields of the client's own sign-in."),
        field("launch-fields", Shape::Strings, "Other fields that change what is launched."),
    ],
    foreign: &[],
};

static MAXIMUM: Table = Table {
    title: "`maximum`",
    fields: &[
        field("timeout", Shape::Seconds, "The longest timeout of a tool call, in seconds."),
        field("startup-timeout", Shape::Seconds, "The longest start-up timeout, in seconds."),
    ],
    foreign: &[],
};

static ALSO_READS: Table = Table {
    title: "`also-reads`",
    fields: &[
        field("user", Shape::Strings, "The clients whose user file the client reads too."),
        field("project", Shape::Strings, "The files in a project that the client reads too."),
        field(
            "twice",
            Shape::Boolean,
            "Whether a server in two files exists twice, also if both have one name.",
        ),
    ],
    foreign: &[],
};
