//! The comments of each entry.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use super::flow::comment_end;
use super::node::Node;
use super::{Document, Format, Section, parse};

impl Document {
    /// Returns the lines of the comments in each entry of a section, by the name of the entry, without `#` or `//`.
    /// A comment after a value belongs to this value, and any other comment to the value that follows it. The comments
    /// outside the entries are not in it.
    pub fn comments(&self, section: &Section) -> BTreeMap<String, Vec<String>> {
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let Ok(Some(root)) = parse(self.format, &self.text) else { return found };
        let owners = owners(&root, section);
        let mut leaves = vec![];
        root.leaves(&mut leaves);
        leaves.sort_by_key(|leaf| leaf.start);
        let owner = |leaf: &Range<usize>| owners.get(&leaf.start);
        for index in 0..=leaves.len() {
            let (before, behind) = leaves.split_at(index);
            let (previous, next) = (before.last(), behind.first());
            let from = previous.map_or(0, |leaf| leaf.end);
            let to = next.map_or(self.text.len(), |leaf| leaf.start);
            for comment in comments_between(self.format, &self.text, from..to.max(from)) {
                let is_same_line = !self.text[from..comment.start].contains('\n');
                let rest = &self.text[comment.end..to.max(comment.end)];
                let closes = self.format == Format::Jsonc && rest.contains(['}', ']']);
                let name = match previous {
                    Some(leaf) if is_same_line || closes => owner(leaf),
                    Some(_) | None => self.value_at(behind).find_map(owner),
                };
                // A comment before an empty line is about more than the next entry.
                let is_inside = previous.and_then(owner) == name;
                let name = name.filter(|_| is_inside || !has_empty_line(rest));
                if let Some(name) = name {
                    found.entry(name.clone()).or_default().extend(lines(&self.text[comment]));
                }
            }
        }
        found
    }

    // Returns the first of the parts, and in TOML all parts of its header: in `[servers.one]`, only `one` is an entry.
    fn value_at<'l>(&self, parts: &'l [Range<usize>]) -> impl Iterator<Item = &'l Range<usize>> {
        let line = parts.first().map_or("", |first| &self.text[first.start..]);
        let line = line.split('\n').next().unwrap_or_default();
        let end = parts.first().map_or(0, |first| first.start + line.len());
        let most = if self.format == Format::Toml { usize::MAX } else { 1 };
        parts.iter().take_while(move |part| part.start < end).take(most)
    }
}

// Returns the names of the entries by the positions of their keys and values.
fn owners(root: &Node, section: &Section) -> HashMap<usize, String> {
    let Some(node) = root.descend(section.choose(Some(root))) else { return HashMap::new() };
    let mut owners = HashMap::new();
    let mut own = |name: &str, leaves: Vec<Range<usize>>| {
        owners.extend(leaves.into_iter().map(|leaf| (leaf.start, name.to_owned())));
    };
    for item in node.items() {
        let mut leaves = vec![item.key_span.clone()];
        item.node.leaves(&mut leaves);
        own(&item.key, leaves);
    }
    for element in node.elements() {
        let mut leaves = vec![];
        element.leaves(&mut leaves);
        own(&section.name_of(element).unwrap_or_default(), leaves);
    }
    owners
}

fn comments_between(format: Format, text: &str, gap: Range<usize>) -> Vec<Range<usize>> {
    let mut found = vec![];
    let mut at = gap.start;
    while at < gap.end {
        match comment_end(format, text, at) {
            Some(end) => {
                found.push(at..end);
                at = end.max(at + 1);
            }
            None => at += 1,
        }
    }
    found
}

// The first and the last line are not complete.
fn has_empty_line(text: &str) -> bool {
    let lines: Vec<&str> = text.split('\n').skip(1).collect();
    lines.split_last().is_some_and(|(_, lines)| lines.iter().any(|line| line.trim().is_empty()))
}

fn lines(comment: &str) -> impl Iterator<Item = String> {
    let block = comment.strip_prefix("/*").and_then(|inside| inside.strip_suffix("*/"));
    let text = block.unwrap_or(comment);
    let line = |line: &str| line.trim().trim_start_matches(['#', '/', '*']).trim().to_owned();
    text.lines().map(line).filter(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comments(format: Format, list_key: Option<&str>, text: &str) -> Vec<(String, Vec<String>)> {
        let paths = vec![vec!["servers".to_owned()]];
        let section = Section { paths, list_key: list_key.map(str::to_owned) };
        let document = Document::new(format, text.as_bytes().to_vec()).expect("UTF-8");
        document.comments(&section).into_iter().collect()
    }

    #[test]
    fn a_comment_belongs_to_the_value_before_it_on_the_line_or_after_it() {
        let one = || ("one".to_owned(), vec!["mine".to_owned(), "x".to_owned(), "y".to_owned()]);
        let two = || ("two".to_owned(), vec!["last // one".to_owned()]);
        let json = "// file\n{\"servers\": {\n// mine\n\"one\": {\"url\": \"http://a//b\", // x\n/* y\n */ },\n\
                    \"two\": {} // last // one\n},\n// end\n\"z\": 1}\n";
        assert_eq!(comments(Format::Jsonc, None, json), [one(), two()]);
        let toml = "# file\nz = 1\n\n# all\n\n# mine\n[servers.one]\nurl = \"a#b\" # x\n[servers.one.env]\n# y\nA = 'b'\n\
                    [servers.two]\na = 1 # last // one\n\n# end\n[other]\nb = 1\n";
        assert_eq!(comments(Format::Toml, None, toml), [one(), two()]);
        let yaml = "# file\nservers:\n  # mine\n  one:\n    url: 'a #b' # x\n    # y\n    env: {}\n  two: 1 # last // one\n# end\nz: 1\n";
        assert_eq!(comments(Format::Yaml, None, yaml), [one(), two()]);
        let list = "servers:\n  # mine\n  - url: a # x\n    # y\n    name: one\n  - name: two # last // one\n";
        assert_eq!(comments(Format::Yaml, Some("name"), list), [one(), two()]);
    }
}
