//! The page on troubleshooting, made from the error types of the program: message, meaning and fix.

use std::collections::BTreeMap;

use syn::visit::{self, Visit};
use syn::{
    Attribute, Expr, ExprCall, ExprLit, ImplItem, Item, ItemFn, ItemImpl, Lit, LitStr, Macro, Pat,
};

use crate::case::golden;
use crate::repository;

const HEAD: &str = "\
# Troubleshooting

If something does not work, these commands find out why:

| command | finds |
|---|---|
| `mcpgen doctor` | errors in the files of the clients, and sign-ins that are not shared |
| `mcpgen verify NAME` | why a server does not start, or does not respond |
| `mcpgen status --probe` | sign-ins that a server does not accept |
| `mcpgen check --secrets` | secrets that cannot be found |

The tables below are made from the program. They list its errors by subject, in alphabetical order. In a message, `…`
stands for a name, a path or a number. mcpgen prints the fix below each message, with the exact command or field to type.
";

/// The subjects, with the directories of the source whose errors belong to them.
const SUBJECTS: &[(&str, &[&str])] = &[
    ("Signing in", &["auth"]),
    ("The network", &["http"]),
    ("The native bridge", &["bridge"]),
    ("Secrets", &["secret_store", "secret"]),
    ("Reading and writing files", &["fs", "document", "ledger", "apply", "paths"]),
    ("Importing", &["import"]),
    ("Starting and verifying servers", &["launch", "verify"]),
    ("The timer", &["timer"]),
    (
        "The declaration and the clients",
        &["client", "entry", "model", "render", "survey", "commands"],
    ),
];

struct Message {
    text: String,
    meaning: String,
    fix: String,
}

/// Collects the strings of an expression, in their order. `functions` are those of the file.
struct Strings<'a> {
    functions: &'a BTreeMap<String, &'a ItemFn>,
    found: Vec<String>,
}

impl<'ast> Visit<'ast> for Strings<'_> {
    fn visit_expr_lit(&mut self, literal: &'ast ExprLit) {
        if let Lit::Str(string) = &literal.lit {
            self.found.push(string.value());
        }
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        let first = call.tokens.clone().into_iter().next();
        if let Some(string) = first.and_then(|token| syn::parse2::<LitStr>(token.into()).ok()) {
            self.found.push(string.value());
        }
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        visit::visit_expr_call(self, call);
        if let Expr::Path(path) = &*call.func
            && let Some(function) =
                path.path.get_ident().and_then(|n| self.functions.get(&n.to_string()))
            && self.found.is_empty()
        {
            self.visit_block(&function.block);
        }
    }
}

fn functions(file: &syn::File) -> BTreeMap<String, &ItemFn> {
    let functions = file.items.iter().filter_map(|item| {
        let Item::Fn(function) = item else { return None };
        Some((function.sig.ident.to_string(), function))
    });
    functions.collect()
}

/// Returns the string in `#[error("…")]`.
fn error_text(attributes: &[Attribute]) -> Option<String> {
    let attribute = attributes.iter().find(|attribute| attribute.path().is_ident("error"))?;
    attribute.parse_args::<LitStr>().ok().map(|string| string.value())
}

fn doc(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter(|attribute| attribute.path().is_ident("doc"));
    let lines = lines.filter_map(|attribute| {
        let Expr::Lit(line) = &attribute.meta.require_name_value().ok()?.value else { return None };
        let Lit::Str(line) = &line.lit else { return None };
        Some(line.value().trim().to_owned())
    });
    lines.collect::<Vec<_>>().join(" ")
}

/// Replaces what a message contains in braces by `…`.
fn shown(text: &str) -> String {
    let (mut shown, mut depth) = (String::new(), 0);
    let text = text.replace("{{", "\u{1}").replace("}}", "\u{2}");
    for c in text.chars() {
        match c {
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                shown.push('…');
            }
            c if depth == 0 => shown.push(c),
            _ => {}
        }
    }
    shown.replace('\u{1}', "{").replace('\u{2}', "}").replace('|', "\\|")
}

/// Returns the names of the variants that a pattern names.
fn variants(pattern: &Pat, found: &mut Vec<String>) {
    if let Pat::Or(or) = pattern {
        return or.cases.iter().for_each(|case| variants(case, found));
    }
    let path = if let Pat::Path(path) = pattern {
        &path.path
    } else if let Pat::TupleStruct(tuple) = pattern {
        &tuple.path
    } else if let Pat::Struct(structure) = pattern {
        &structure.path
    } else {
        return;
    };
    found.extend(path.segments.last().map(|segment| segment.ident.to_string()));
}

/// Collects the arms of the `match` in a function, by variant.
struct Arms<'a> {
    functions: &'a BTreeMap<String, &'a ItemFn>,
    found: BTreeMap<String, Vec<String>>,
}

impl<'ast> Visit<'ast> for Arms<'_> {
    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        let mut names = vec![];
        variants(&arm.pat, &mut names);
        let mut strings = Strings { functions: self.functions, found: vec![] };
        strings.visit_expr(&arm.body);
        for name in names {
            self.found.entry(name).or_default().extend(strings.found.iter().map(|s| shown(s)));
        }
    }
}

/// Returns the fixes of a type's errors, by variant: the strings in its `fn help`.
fn fixes(
    file: &syn::File,
    of: &str,
    functions: &BTreeMap<String, &ItemFn>,
) -> BTreeMap<String, Vec<String>> {
    let is_help = |item: &&ItemImpl| {
        let name = |path: &syn::Path| path.segments.last().map(|segment| segment.ident.to_string());
        let own = matches!(&*item.self_ty, syn::Type::Path(path) if name(&path.path).as_deref() == Some(of));
        own && item.trait_.as_ref().is_some_and(|(path, _)| name(path).as_deref() == Some("Help"))
    };
    let impls = file.items.iter().filter_map(|item| {
        let Item::Impl(item) = item else { return None };
        Some(item)
    });
    let mut arms = Arms { functions, found: BTreeMap::new() };
    for item in impls.filter(is_help).flat_map(|item| &item.items) {
        if let ImplItem::Fn(function) = item
            && function.sig.ident == "help"
        {
            arms.visit_impl_item_fn(function);
        }
    }
    arms.found
}

fn messages(path: &str) -> Vec<Message> {
    let file = syn::parse_file(&repository::content(path)).unwrap();
    let functions = functions(&file);
    let mut found = vec![];
    for item in &file.items {
        let Item::Enum(item) = item else { continue };
        let fixes = fixes(&file, &item.ident.to_string(), &functions);
        for variant in &item.variants {
            let Some(text) = error_text(&variant.attrs).map(|text| shown(&text)) else { continue };
            if text.trim_matches(['…', ':', ' ', ',']).is_empty() {
                continue;
            }
            let fix = fixes.get(&variant.ident.to_string()).cloned().unwrap_or_default();
            let fix = fix.join("; or: ");
            let fix = if fix.is_empty() { "–".to_owned() } else { fix };
            found.push(Message { text, meaning: doc(&variant.attrs), fix });
        }
    }
    found
}

#[test]
fn the_page_on_troubleshooting_has_the_errors_of_the_program() {
    let mut page = HEAD.to_owned();
    let mut count = 0;
    for (subject, directories) in SUBJECTS {
        let roots = directories.iter().flat_map(|d| [format!("src/{d}"), format!("src/{d}.rs")]);
        let roots: Vec<String> = roots.collect();
        let roots: Vec<&str> = roots.iter().map(String::as_str).collect();
        let files = repository::files(&roots, &["rs"]);
        let mut found: Vec<Message> = files.iter().flat_map(|file| messages(file)).collect();
        found.sort_by_key(|message| message.text.trim_matches(['`', '…', ' ']).to_lowercase());
        found.dedup_by(|one, other| one.text == other.text && one.fix == other.fix);
        page += &format!("\n## {subject}\n\n| message | meaning | fix |\n|---|---|---|\n");
        for Message { text, meaning, fix } in &found {
            page += &format!("| {text} | {meaning} | {fix} |\n");
        }
        count += found.len();
    }
    assert!(count > 200, "{count}");
    golden("../docs/start/troubleshooting.md", &page);
}
