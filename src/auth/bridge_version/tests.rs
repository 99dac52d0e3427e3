use super::*;
use crate::fs;

#[test]
fn a_version_is_read_as_npm_reads_it() {
    for (text, want) in [
        ("0.1.38", Some((0, 1, 38))),
        ("v0.2.1", Some((0, 2, 1))),
        ("0.1.0-2", Some((0, 1, 0))),
        ("^0.1.29", Some((0, 1, 49))),
        ("~0.3.1", Some((0, 3, 3))),
        ("0.8", Some((0, 8, 7))),
        ("0.1.x", Some((0, 1, 49))),
        ("0", Some((0, 15, 1))),
        ("0.16.3", Some((0, 16, 3))),
        ("1", Some((0, 15, 1))),
        ("latest", None),
        ("*", None),
        ("", None),
    ] {
        let want = want.map(|(major, minor, patch)| BridgeVersion::new(major, minor, patch));
        assert_eq!(BridgeVersion::parse(text), want, "{text}");
    }
}

#[test]
fn the_directory_follows_the_version_and_its_mistakes() {
    for (version, directory) in [
        ("0.0.12", "/b"),
        ("0.0.13", "/b/mcp-remote-0.0.13"),
        ("0.1.29", "/b/mcp-remote-0.1.29"),
        ("0.1.31", "/b/mcp-remote-0.1.31"),
        ("0.1.32", "/b/mcp-remote-0.1.31"),
        ("0.1.38", "/b/mcp-remote-0.1.37"),
        ("0.1.39", "/b/mcp-remote-0.1.38"),
        ("0.1.40", "/b/mcp-remote-0.1.40"),
        ("0.3.1", "/b/mcp-remote-0.3.1"),
        ("0.3.2", "/b/mcp-remote-v1"),
        ("0.15.1", "/b/mcp-remote-v1"),
    ] {
        let version = BridgeVersion::parse(version).unwrap();
        assert_eq!(version.directory(Utf8Path::new("/b")), directory, "{version}");
    }
}

#[test]
fn a_command_line_says_its_version() {
    let env = Environment::bare(Os::Linux, Utf8Path::new("/home/ada"));
    for (bridge, want) in [
        (&["npx", "-y", "mcp-remote@0.1.38"][..], "0.1.38"),
        (&["npx", "-y", "mcp-remote@latest"][..], "0.15.1"),
        (&["npx", "-y", "mcp-remote"][..], "0.15.1"),
        (&["cmd", "/c", "npx", "mcp-remote@0.2.1"][..], "0.2.1"),
        (&["npx", "--package=mcp-remote@0.1.29", "mcp-remote"][..], "0.1.29"),
        (&["pnpm", "dlx", "mcp-remote@^0.1.0"][..], "0.1.49"),
        (&["mcpgen", "bridge"][..], "0.15.1"),
        (&["mcp-remote"][..], "0.15.1"),
    ] {
        let bridge: Vec<String> = bridge.iter().map(|word| (*word).to_owned()).collect();
        assert_eq!(BridgeVersion::from_command(&bridge, &env).to_string(), want, "{bridge:?}");
    }
}

#[test]
fn a_path_says_its_version_by_the_package_around_it() {
    let directory = tempfile::tempdir().unwrap();
    let root = Utf8Path::from_path(directory.path()).unwrap();
    let package = root.join("node_modules/mcp-remote");
    fs::create_directories(&package.join("dist")).unwrap();
    let json = br#"{ "name": "mcp-remote", "version": "0.1.38" }"#;
    fs::write_for_test(&package.join("package.json"), json).unwrap();
    let proxy = package.join("dist/proxy.js");
    fs::write_for_test(&proxy, b"").unwrap();
    let env = Environment::bare(Os::Linux, root);
    fs::create_directories(&root.join("node_modules/.bin")).unwrap();
    for script in ["mcp-remote.cmd", "node_modules/.bin/mcp-remote"] {
        fs::write_for_test(&root.join(script), b"").unwrap();
    }
    for bridge in [
        &["node", proxy.as_str()][..],
        &["~/node_modules/mcp-remote/dist/proxy.js"],
        &["~/node_modules/.bin/mcp-remote"],
        &["~/mcp-remote.cmd"],
    ] {
        let bridge: Vec<String> = bridge.iter().map(|word| (*word).to_owned()).collect();
        assert_eq!(BridgeVersion::from_command(&bridge, &env).to_string(), "0.1.38", "{bridge:?}");
    }
    fs::write_for_test(&root.join("mcpgen"), b"").unwrap();
    let native = ["~/mcpgen", "bridge"].map(str::to_owned);
    assert_eq!(BridgeVersion::from_command(&native, &env), BridgeVersion::NEWEST);
}

#[test]
#[cfg(unix)]
fn a_bare_name_is_the_one_that_npm_has_installed_for_all() {
    let directory = tempfile::tempdir().unwrap();
    let root = Utf8Path::from_path(directory.path()).unwrap();
    let package = root.join("lib/node_modules/mcp-remote");
    let json = br#"{ "name": "mcp-remote", "version": "0.1.29" }"#;
    fs::write_for_test(&package.join("package.json"), json).unwrap();
    fs::write_for_test(&package.join("dist/proxy.js"), b"").unwrap();
    fs::write_for_test(&root.join("bin/npx"), b"").unwrap();
    std::os::unix::fs::symlink(
        "../lib/node_modules/mcp-remote/dist/proxy.js",
        root.join("bin/mcp-remote"),
    )
    .unwrap();
    let env = Environment::bare(Os::Linux, root).with(&[("PATH", root.join("bin").as_str())]);
    for (bridge, want) in [
        (&["npx", "-y", "mcp-remote"][..], "0.1.29"),
        (&["npx", "-y", "mcp-remote@latest"], "0.15.1"),
        (&["npx", "--package=mcp-remote", "mcp-remote"], "0.15.1"),
        (&["bunx", "mcp-remote"], "0.15.1"),
    ] {
        let bridge: Vec<String> = bridge.iter().map(|word| (*word).to_owned()).collect();
        assert_eq!(BridgeVersion::from_command(&bridge, &env).to_string(), want, "{bridge:?}");
    }
}
