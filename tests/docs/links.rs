//! Links between the pages: the files exist, and so do the headings.

use std::path::{Path, PathBuf};

use crate::repository;

const PAGES: &[&str] = &[
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs",
    "release/README.md",
    "templates",
    "tests/README.md",
];

/// Returns the targets of the inline links and of the link definitions of a page that name a file.
fn targets(page: &str) -> Vec<String> {
    let prose: String = page.split("```").step_by(2).collect();
    let inline = prose.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    let definitions = prose.lines().filter_map(|line| line.strip_prefix('[')?.split_once("]: "));
    let inline = inline.map(|(target, _)| target.to_owned());
    let all = inline.chain(definitions.map(|(_, target)| target.to_owned()));
    all.filter(|target| !target.contains("://")).collect()
}

/// Returns the fragments of a page's headings, as Git forges make them.
fn fragments(page: &str) -> Vec<String> {
    let prose: String = page.split("```").step_by(2).collect();
    let headings = prose.lines().filter(|line| line.starts_with('#'));
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    headings
        .map(|line| line.trim_start_matches('#').trim().to_lowercase())
        .map(|heading| heading.chars().filter(kept).collect::<String>().replace(' ', "-"))
        .collect()
}

fn normalized(path: &str) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.split('/') {
        match part {
            ".." => assert!(normal.pop(), "{path} leads out of the repository"),
            part => normal.push(part),
        }
    }
    normal
}

#[test]
fn no_link_of_a_page_is_dead() {
    let (mut dead, mut count) = (vec![], 0);
    for page in repository::files(PAGES, &["md"]) {
        let content = repository::content(&page);
        for target in targets(&content) {
            let (file, fragment) = target.split_once('#').unwrap_or((&target, ""));
            let path = match file {
                "" => PathBuf::from(&page),
                file => {
                    let directory = Path::new(&page).parent().unwrap();
                    normalized(directory.join(file).to_str().unwrap())
                }
            };
            let path = path.to_str().unwrap().to_owned();
            count += 1;
            let there = repository::path(&path).exists();
            let heading = fragment.is_empty()
                || there && fragments(&repository::content(&path)).iter().any(|f| f == fragment);
            if !there || !heading {
                dead.push(format!("{page}: {target}"));
            }
        }
    }
    assert!(count > 100, "{count} links");
    assert!(dead.is_empty(), "dead links\n{}", dead.join("\n"));
}

#[test]
fn the_index_and_the_summary_name_every_page_once() {
    for index in ["docs/README.md", "docs/SUMMARY.md"] {
        let content = repository::content(index);
        let linked = targets(&content);
        for page in repository::files(&["docs"], &["md"]) {
            let name = page.strip_prefix("docs/").unwrap();
            if !["README.md", "SUMMARY.md"].contains(&name) {
                let times = linked.iter().filter(|target| target.as_str() == name).count();
                assert_eq!(times, 1, "{index} links {name} {times} times");
            }
        }
    }
}
