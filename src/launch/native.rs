//! The native bridge: mcpgen itself in the place of mcp-remote.

/// How a declaration names the native bridge.
pub const NATIVE: [&str; 2] = ["mcpgen", "bridge"];

/// Returns whether a bridge is mcpgen itself, by whatever path it is called.
pub fn is_native(bridge: &[String]) -> bool {
    matches!(bridge, [program, verb, ..] if is_mcpgen(program) && verb == NATIVE[1])
}

/// Returns whether a program is mcpgen, going by its name.
pub fn is_mcpgen(program: &str) -> bool {
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
    name.strip_suffix(".exe").unwrap_or(name) == NATIVE[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mcpgen_is_the_bridge_where_its_second_word_says_so() {
        for (bridge, native) in [
            (&["mcpgen", "bridge"][..], true),
            (&["~/.cargo/bin/mcpgen", "bridge"], true),
            (&["C:\\Tools\\mcpgen.exe", "bridge"], true),
            (&["mcpgen"], false),
            (&["mcpgen", "exec"], false),
            (&["mcpgen-beta", "bridge"], false),
            (&["npx", "-y", "mcp-remote@0.15.1"], false),
            (&["bridge", "mcpgen"], false),
            (&[], false),
        ] {
            let bridge: Vec<String> = bridge.iter().map(|word| (*word).to_owned()).collect();
            assert_eq!(is_native(&bridge), native, "{bridge:?}");
        }
    }
}
