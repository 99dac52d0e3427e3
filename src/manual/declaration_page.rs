//! The man page of the declaration.

use super::roff::{ManPage, bold};
use crate::declaration::DECLARATION;
use crate::fields::{MAX_SECONDS, Shape, Table};

const EXAMPLE: &str = include_str!("../../examples/atlassian.toml");

/// Returns the name and the content of the page.
pub fn declaration_page() -> (String, Vec<u8>) {
    let mut page = ManPage::new("mcp.toml", 5, "the declaration of your MCP servers");
    page.section("SYNOPSIS");
    page.paragraph("`$XDG_CONFIG_HOME/mcpgen/mcp.toml`");
    page.section("DESCRIPTION");
    page.paragraph(
        "The declaration is a TOML file. It names the clients, and the MCP servers that these clients get. \
         `mcpgen apply` writes the servers into the file of each client.",
    );
    page.paragraph(
        "Instead of a secret, a declaration contains a secret reference: `keyring:NAME`, `env:NAME`, `file:PATH`, \
         `dotenv:PATH#NAME`, `op://VAULT/ITEM/FIELD`, `pass:PATH` or `command:PROGRAM ARGUMENT`. The secret is looked \
         up when a server starts.",
    );
    page.section("FIELDS");
    fields(&mut page, &DECLARATION, "");
    page.section("FILES");
    page.item(
        &bold("$XDG_CONFIG_HOME/mcpgen/mcp.toml"),
        "The default path. The default of XDG_CONFIG_HOME is ~/.config. The environment variable MCPGEN_FILE or the \
         option `--file` can name another path.",
    );
    page.section("EXAMPLES");
    page.example(EXAMPLE);
    page.section("SEE ALSO");
    page.paragraph(
        "`mcpgen`(1), `mcpgen-check`(1), `mcpgen-apply`(1), `mcpgen-secret`(1), `mcpgen-schema`(1)",
    );
    ("mcp.toml.5".to_owned(), page.into_bytes())
}

// The fields of a table, and then each table in it.
fn fields(page: &mut ManPage, table: &Table, path: &str) {
    page.subsection(if path.is_empty() { "Top level" } else { path });
    for field in table.fields {
        page.item(&format!("{} ({})", bold(field.name), value(field.shape)), field.doc);
    }
    let below =
        |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    for field in table.fields {
        match field.shape {
            Shape::Table(inner) | Shape::OneOfOrTable(_, inner) | Shape::StringsOrTables(inner) => {
                fields(page, inner, &below(field.name));
            }
            Shape::TableMap(inner) => fields(page, inner, &below(&format!("{}.NAME", field.name))),
            Shape::String
            | Shape::StringOrFalse
            | Shape::OneOf(_)
            | Shape::Boolean
            | Shape::Seconds
            | Shape::Port
            | Shape::Count
            | Shape::Strings
            | Shape::Words(_)
            | Shape::StringMap
            | Shape::StringLists
            | Shape::OpenTables
            | Shape::WordLists(_)
            | Shape::Tables(_)
            | Shape::Open
            | Shape::Paths
            | Shape::KeyPaths => {}
        }
    }
}

fn value(shape: Shape) -> String {
    let words =
        |words: &[&str]| words.iter().map(|word| bold(&format!("\"{word}\""))).collect::<Vec<_>>();
    match shape {
        Shape::String => "string".to_owned(),
        Shape::StringOrFalse => format!("string or {}", bold("false")),
        Shape::OneOf(known) => words(known).join(" or "),
        Shape::Boolean => format!("{} or {}", bold("true"), bold("false")),
        Shape::Seconds => format!("1 to {MAX_SECONDS}"),
        Shape::Port => "1 to 65535".to_owned(),
        Shape::Count => "number".to_owned(),
        Shape::Strings => "list of strings".to_owned(),
        Shape::Words(known) => format!("list of {}", words(known).join(" or ")),
        Shape::StringsOrTables(_) => "list of strings and tables".to_owned(),
        Shape::StringMap => "table of strings".to_owned(),
        Shape::StringLists => "table of lists of strings".to_owned(),
        Shape::OneOfOrTable(known, _) => format!("{} or table", words(known).join(" or ")),
        Shape::TableMap(_) | Shape::OpenTables => "table of tables".to_owned(),
        Shape::Table(_) | Shape::Open | Shape::WordLists(_) => "table".to_owned(),
        Shape::Tables(_) => "list of tables".to_owned(),
        Shape::Paths | Shape::KeyPaths => "string, list or table".to_owned(),
    }
}
