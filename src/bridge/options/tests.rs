use super::*;
use crate::diagnostic::one_line;
use crate::model::Grant;

fn options(args: &[&str]) -> Result<BridgeOptions, OptionsError> {
    let args: Vec<String> =
        ["https://a/mcp"].iter().chain(args).map(|arg| (*arg).to_owned()).collect();
    BridgeOptions::parse(&args, &|path| (path == "f").then(|| "{\"client_id\":\"c\"}".to_owned()))
}

#[test]
fn the_options_of_mcp_remote_are_accepted() {
    let plain = options(&[]).unwrap();
    assert_eq!(
        (plain.order, plain.call.grant, plain.ping),
        (TransportOrder::HttpFirst, Grant::Browser, None)
    );
    assert_eq!((plain.cookies, plain.modern), (true, false));
    let all = options(&[
        "9999",
        "--header",
        "A:1",
        "--transport",
        "sse-only",
        "--protocol",
        "auto",
        "--headers-timeout",
        "0",
        "--body-timeout",
        "1.5",
        "--ping-interval",
        "5",
        "--ignore-tool",
        "a*",
        "--ignore-tool",
        "b",
        "--static-oauth-client-info",
        "@f",
        "--auth-success-url",
        "https://done.example",
        "--disable-cookies",
        "--device-code",
        "--enable-proxy",
    ])
    .unwrap();
    assert_eq!((all.order, all.call.grant), (TransportOrder::SseOnly, Grant::Device));
    assert_eq!((all.timeouts.headers, all.timeouts.connect), (None, CONNECT));
    assert_eq!(all.timeouts.body, Some(Duration::from_millis(1500)));
    assert_eq!((all.ping, all.ignored_tools.len()), (Some(Duration::from_secs(5)), 2));
    assert_eq!(all.client_information.as_deref(), Some("{\"client_id\":\"c\"}"));
    assert_eq!(all.success_url.as_deref(), Some("https://done.example/"));
    assert_eq!((all.cookies, all.modern, all.call.port), (false, true, Some(9999)));
}

#[test]
fn an_argument_that_cannot_be_used_is_an_error_with_help() {
    for (args, want) in [
        (
            &["--transprt", "x"][..],
            "there is no option `--transprt`; an option with a similar name exists: `--transport`",
        ),
        (
            &["--resource=https://r"][..],
            "there is no option `--resource=…`; write the value as a separate argument: `--resource URL`",
        ),
        (&["--debug=1"][..], "there is no option `--debug=…`; write `--debug` without a value"),
        (&["--header"][..], "the option `--header` has no value; write the value after the option"),
        (
            &["--connect-timeout", "0"][..],
            "the value of `--connect-timeout` is not a number of seconds above 0",
        ),
        (&["--protocol", "new"][..], "the value of `--protocol` is not `legacy` or `auto`"),
    ] {
        assert_eq!(one_line(&options(args).unwrap_err()), want);
    }
    assert_eq!(options(&["1", "secret"]), Err(OptionsError::TooMany));
    assert_eq!(options(&["0"]).map(|options| options.call.port), Ok(None));
    assert_eq!(options(&["secret"]), Err(OptionsError::NoPort));
    assert!(options(&["--debug", "3334"]).is_ok(), "mcp-remote ignores the argument");
    for url in ["http://a", "https://u@a", "https://a?b", "https://a#b", "a"] {
        assert!(options(&["--auth-success-url", url]).is_err(), "{url}");
    }
}
