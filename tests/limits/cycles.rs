//! No cycle between top-level modules, and none between files.
//!
//! An edge is a `use` statement or a path that begins with `crate::`. A file may use the file of a module above it
//! (`super::`), since that is how a module shares what belongs to all of its parts.

use std::collections::{BTreeMap, BTreeSet};

use crate::repository;

type Graph = BTreeMap<String, BTreeSet<String>>;

#[test]
fn no_top_level_modules_depend_on_each_other() {
    let mut graph = Graph::new();
    for (file, used) in uses() {
        let top = |module: &str| module.split("::").next().unwrap().to_owned();
        let used = used.iter().map(|used| top(used)).filter(|used| *used != top(&file));
        graph.entry(top(&file)).or_default().extend(used);
    }
    assert!(graph.len() > 15, "{graph:?}");
    let edges = edges_on_cycles(&graph);
    assert!(edges.is_empty(), "{edges:#?}");
}

#[test]
fn no_files_depend_on_each_other() {
    let mut graph = uses();
    for (file, used) in &mut graph {
        used.retain(|used| !file.starts_with(&format!("{used}::")));
    }
    assert!(graph.values().map(BTreeSet::len).sum::<usize>() > 500, "{graph:?}");
    let edges = edges_on_cycles(&graph);
    assert!(edges.is_empty(), "{edges:#?}");
}

#[test]
fn cycles_are_found() {
    let graph = |edges: &[(&str, &str)]| {
        let mut graph = Graph::new();
        for (from, to) in edges {
            graph.entry((*from).to_owned()).or_default().insert((*to).to_owned());
        }
        edges_on_cycles(&graph).into_iter().collect::<Vec<_>>().join(", ")
    };
    assert_eq!(graph(&[("a", "b"), ("b", "c"), ("a", "c")]), "");
    assert_eq!(graph(&[("a", "b"), ("b", "a"), ("c", "a")]), "a -> b, b -> a");
    assert_eq!(graph(&[("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")]), "a -> b, b -> c, c -> a");
    let mut used = vec![];
    expand("a::{self, b::{C, d}, e as f}, g", "", &mut used);
    assert_eq!(used, ["a::self", "a::b::C", "a::b::d", "a::e"]);
}

/// Returns, for each module that has a file, the modules with files that it uses.
fn uses() -> Graph {
    let files = repository::files(&["src"], &["rs"]);
    let modules: BTreeMap<String, String> = files
        .into_iter()
        .filter(|file| file != "src/lib.rs" && file != "src/main.rs")
        .filter(|file| !repository::is_unit_test(file))
        .map(|file| (file["src/".len()..file.len() - ".rs".len()].replace('/', "::"), file))
        .collect();
    let mut graph = Graph::new();
    for (module, file) in &modules {
        let mut paths = vec![];
        let code = repository::code(file);
        for (at, _) in code.match_indices("crate::") {
            expand(&code[at + "crate::".len()..], "", &mut paths);
        }
        for line in code.split(';') {
            let Some((_, statement)) = line.rsplit_once("use ") else { continue };
            relative(statement, module, &modules, &mut paths);
        }
        let used = paths.iter().filter_map(|path| file_of(path, &modules));
        graph.insert(module.clone(), used.filter(|used| used != module).collect());
    }
    graph
}

/// Collects the paths of a `use` statement that begins with `super::`, `self::` or a module below this one.
fn relative(
    statement: &str,
    module: &str,
    modules: &BTreeMap<String, String>,
    paths: &mut Vec<String>,
) {
    let (mut base, mut rest) = (module, statement);
    while let Some(above) = rest.strip_prefix("super::") {
        base = base.rsplit_once("::").map_or("", |(above, _)| above);
        rest = above;
    }
    rest = rest.strip_prefix("self::").unwrap_or(rest);
    let first = rest.split("::").next().unwrap();
    if rest != statement || modules.contains_key(&format!("{module}::{first}")) {
        let prefix = if base.is_empty() { String::new() } else { format!("{base}::") };
        expand(rest, &prefix, paths);
    }
}

/// Expands a path with braces, `a::{b, c::d}`, into its paths. What follows the path is ignored.
fn expand<'a>(text: &'a str, prefix: &str, paths: &mut Vec<String>) -> &'a str {
    let text = text.trim_start();
    let end =
        text.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '*').unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if let Some(below) = rest.strip_prefix("::").filter(|_| !name.is_empty()) {
        return expand(below, &format!("{prefix}{name}::"), paths);
    }
    let Some(mut list) = rest.strip_prefix('{').filter(|_| name.is_empty()) else {
        paths.push(format!("{prefix}{name}"));
        return rest;
    };
    while !list.trim_start().starts_with('}') && !list.is_empty() {
        let rest = expand(list, prefix, paths);
        let end = rest.find([',', '}']).unwrap_or(rest.len());
        list = rest[end..].strip_prefix(',').unwrap_or(&rest[end..]);
    }
    list.trim_start().strip_prefix('}').unwrap_or_default()
}

/// Returns the module that has a path: the longest prefix that has a file.
fn file_of(path: &str, modules: &BTreeMap<String, String>) -> Option<String> {
    let mut prefix = path;
    while !modules.contains_key(prefix) {
        (prefix, _) = prefix.rsplit_once("::")?;
    }
    Some(prefix.to_owned())
}

/// Returns the edges from which a path leads back to where they start.
fn edges_on_cycles(graph: &Graph) -> BTreeSet<String> {
    let edges = graph.iter().flat_map(|(from, all)| all.iter().map(move |to| (from, to)));
    let cyclic = edges.filter(|(from, to)| reaches(graph, to, from));
    cyclic.map(|(from, to)| format!("{from} -> {to}")).collect()
}

fn reaches(graph: &Graph, from: &str, to: &str) -> bool {
    let (mut seen, mut open) = (BTreeSet::from([from]), vec![from]);
    while let Some(module) = open.pop() {
        if module == to {
            return true;
        }
        for next in graph.get(module).into_iter().flatten() {
            if seen.insert(next) {
                open.push(next);
            }
        }
    }
    false
}
