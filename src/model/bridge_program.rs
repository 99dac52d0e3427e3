//! Recognizes the program of a bridge in a command line: mcp-remote, or mcpgen itself.

use super::native::is_native;

const PACKAGES: [&str; 2] = ["mcp-remote", "mcp-remote-client"];

/// Returns the name of a program without its directory and without a Windows extension.
pub fn program_name(program: &str) -> &str {
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
    let ends = [".exe", ".cmd", ".bat", ".ps1"];
    ends.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name)
}

/// Returns whether a word of a command line is mcp-remote: `mcp-remote`, `mcp-remote@0.1.38`, `--package=mcp-remote`,
/// `github:geelen/mcp-remote`, `…/bin/mcp-remote.cmd` or `…/mcp-remote/dist/proxy.js`.
pub fn is_mcp_remote(word: &str) -> bool {
    let word = word.strip_prefix("--package=").unwrap_or(word);
    if word.contains("://") || word.starts_with('@') {
        return false;
    }
    let name = program_name(word);
    let own = |name: &str| PACKAGES.contains(&name);
    let file = word.ends_with(".js") && word.split(['/', '\\']).any(own);
    let spec = name.split_once('@').map_or(name, |(name, _)| name);
    (own(spec) && !word.contains(char::is_whitespace)) || file
}

/// Returns whether a bridge is named at the start of these words.
pub fn starts_with_bridge<S: AsRef<str>>(words: &[S]) -> bool {
    words.first().is_some_and(|word| is_mcp_remote(word.as_ref())) || is_native(words)
}

/// Returns whether a bridge is named anywhere in these words.
pub fn names_bridge<S: AsRef<str>>(words: &[S]) -> bool {
    (0..words.len()).any(|at| starts_with_bridge(&words[at..]))
}
