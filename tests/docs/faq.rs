//! The commands of the page with questions.

use super::{blocks, blocks_of};
use crate::case::Case;
use crate::oauth::{Server, sign_in};

#[test]
fn the_answer_to_the_first_question_signs_in_once_for_all_clients() {
    let all = blocks(include_str!("../../docs/start/faq.md"));
    assert_eq!(blocks_of(&all, "console")[0], "$ mcpgen setup\n", "its test is in `setup`");
    let commands = blocks_of(&all, "console")[1];
    let (case, server) = (Case::new(), Server::honest());
    case.put(".cursor/mcp.json", "{}");
    case.put(".claude.json", "{}");
    let mut ran = 0;
    for line in commands.lines() {
        let line = line.replace("https://mcp.atlassian.com/v1/mcp", &server.url());
        let words: Vec<&str> = line.strip_prefix("$ mcpgen ").unwrap().split(' ').collect();
        let run = match words.as_slice() {
            ["login", name] => sign_in(&case, &[name]),
            words => case.run(words),
        };
        assert_eq!(run.code, 0, "{line}: {}", run.err);
        ran += 1;
    }
    assert_eq!(ran, 3);
    let list = case.ok(&["list"]).out;
    assert!(list.contains("shared, usable  Claude Code, Cursor"), "{list}");
}
