//! The tables of a declaration and their fields, as data.

use super::foreign::{IN_DECLARATION, IN_SERVER};
use crate::fields::{Shape, Table, field};
use crate::paths::Os;

mod sign_in;

use sign_in::{AUTH, IDP};

/// The whole declaration.
pub static DECLARATION: Table = Table {
    title: "a declaration",
    fields: &[
        field(
            "include",
            Shape::Strings,
            "Other files of the declaration, relative to this file. A file whose path is followed by `?` may be missing.",
        ),
        field(
            "clients",
            Shape::Strings,
            "The clients whose files mcpgen writes. The command `clients` lists all known clients.",
        ),
        field(
            "homes",
            Shape::StringLists,
            "Further homes of a client, for its other profiles: directories, by client.",
        ),
        field("launch", Shape::Table(&LAUNCH), "How clients start bridges and mcpgen."),
        field("machine", Shape::Table(&MACHINE), "What applies only to this machine."),
        field(
            "idp",
            Shape::TableMap(&IDP),
            "The identity providers by name, for `mode = \"enterprise\"`.",
        ),
        field("servers", Shape::TableMap(&SERVER), "The MCP servers by name."),
    ],
    foreign: IN_DECLARATION,
};

static MACHINE: Table = Table {
    title: "[machine]",
    fields: &[field(
        "sets",
        Shape::Strings,
        "The sets that are active on this machine. A server with `sets` is active only if one of its sets is.",
    )],
    foreign: &[],
};

static LAUNCH: Table = Table {
    title: "[launch]",
    fields: &[
        field(
            "bridge",
            Shape::Strings,
            "The command that makes a remote server a stdio server. `[\"mcpgen\", \"bridge\"]` is the native bridge.",
        ),
        field("mcpgen", Shape::String, "The command or path by which clients start mcpgen."),
        field(
            "absolute",
            Shape::Boolean,
            "Whether entries contain absolute paths of programs. Use it if clients have no PATH.",
        ),
        field("env", Shape::StringMap, "Environment variables for the bridge of every server."),
        field(
            "secret-timeout",
            Shape::Seconds,
            "Timeout in seconds for resolving a secret reference when a server starts (default: 30).",
        ),
        field(
            "via",
            Shape::OneOf(&["headers"]),
            "The `via` of all servers that have a sign-in or a secret and no `via` of their own.",
        ),
    ],
    foreign: &[],
};

static SERVER: Table = Table {
    title: "a server",
    fields: &[
        field("command", Shape::String, "The program of a local server."),
        field(
            "args",
            Shape::StringsOrTables(&ARGUMENT),
            "The arguments of the program. A table in the list is an argument with a secret.",
        ),
        field("env", Shape::StringMap, "Environment variables for the program."),
        field("cwd", Shape::String, "The working directory of the program."),
        field("url", Shape::String, "The URL of a remote server."),
        field(
            "transport",
            Shape::OneOf(&["http", "sse"]),
            "The transport of a remote server: streamable HTTP, or the older SSE.",
        ),
        field(
            "allow-http",
            Shape::Boolean,
            "Whether the server and its sign-in may use plain http if they are on another machine.",
        ),
        field("headers", Shape::StringMap, "HTTP headers with literal values."),
        field(
            "auth",
            Shape::OneOfOrTable(&["oauth", "none"], &AUTH),
            "How to sign in: OAuth through the shared cache, a token by secret reference, or none.",
        ),
        field(
            "secrets",
            Shape::StringMap,
            "Secret references for environment variables (local) or headers (remote).",
        ),
        field(
            "via",
            Shape::OneOf(&["bridge", "client", "headers"]),
            "Whether clients connect to a remote server through the shared bridge, each client directly, or directly with headers that mcpgen prints.",
        ),
        field(
            "clients",
            Shape::Strings,
            "The clients that get this server (default: all clients).",
        ),
        field("enabled", Shape::Boolean, "`false` disables the server in every client."),
        field(
            "sets",
            Shape::Strings,
            "The sets of the server. The server is active only if one of them is active.",
        ),
        field(
            "hosts",
            Shape::Strings,
            "The host names of the machines that get this server. `*` stands for any string.",
        ),
        field(
            "os",
            Shape::Words(Os::WORDS),
            "The operating systems of the machines that get this server.",
        ),
        field("timeout", Shape::Seconds, "Timeout of a tool call in seconds."),
        field(
            "startup-timeout",
            Shape::Seconds,
            "Timeout in seconds for the start of the server, until it lists its tools.",
        ),
        field("tools", Shape::Table(&TOOLS), "The tools of the server that clients may use."),
        field(
            "plain",
            Shape::Strings,
            "Names of values to use as they are, such as `env.NAME`, although they look like secrets or have placeholders.",
        ),
        field(
            "replaces",
            Shape::Strings,
            "Names of existing entries. If you adopt these entries, this server replaces them.",
        ),
        field("extra", Shape::OpenTables, "Additional fields of the entry, for each client."),
    ],
    foreign: IN_SERVER,
};

static ARGUMENT: Table = Table {
    title: "a secret argument",
    fields: &[
        field(
            "secret",
            Shape::String,
            "A secret reference for an argument. Every user of the machine can read the arguments of a running program, \
             so prefer `secrets`.",
        ),
        field("prefix", Shape::String, "The text in front of the secret, such as `--api-key=`."),
        field("suffix", Shape::String, "The text after the secret."),
    ],
    foreign: &[],
};

static TOOLS: Table = Table {
    title: "tools",
    fields: &[
        field("allow", Shape::Strings, "The only tools that clients may use."),
        field("deny", Shape::Strings, "Tools that clients may not use."),
    ],
    foreign: &[],
};
