use std::io::Cursor;
use std::sync::Arc;

use super::*;

// A writer whose bytes can be read afterwards.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Between {
    filter: StdioFilter,
    to_client: Written,
    reported: Arc<Mutex<Vec<String>>>,
}

impl Between {
    fn denying(tool: &str) -> Self {
        let (to_client, reported) = (Written::default(), Arc::new(Mutex::new(vec![])));
        let tools = ToolFilter::new(&[], &[tool.to_owned()]);
        let lines = Arc::clone(&reported);
        let report = Box::new(move |line: &str| lines.lock().push(line.to_owned()));
        let filter = StdioFilter::new(tools, Box::new(to_client.clone()), report);
        Self { filter, to_client, reported }
    }

    // Returns what the server gets and what the filter responds.
    fn client_sends(&self, bytes: &[u8]) -> (String, String) {
        let mut server = vec![];
        self.filter.forward_to_server(Cursor::new(bytes), &mut server).unwrap();
        (String::from_utf8_lossy(&server).into_owned(), self.client_got())
    }

    fn server_sends(&self, bytes: &[u8]) -> String {
        // A small buffer, so that a line arrives in pieces.
        let server = std::io::BufReader::with_capacity(7, bytes);
        self.filter.forward_to_client(server).unwrap();
        self.client_got()
    }

    fn client_got(&self) -> String {
        String::from_utf8_lossy(&std::mem::take(&mut *self.to_client.0.lock())).into_owned()
    }
}

const CALL: &str = r#"{"id":1,"method":"tools/call","params":{"name":"delete"}}"#;
const REFUSED: &str = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"Tool \"delete\" is not available"}}"#;

#[test]
fn a_denied_call_never_reaches_the_server() {
    for line in [
        CALL.to_owned(),
        format!("\u{feff}{CALL}"),
        format!("  {CALL}\r"),
        format!("[{CALL}]"),
        CALL.replace("delete", "\\u0064elete"),
        CALL.replace("method", "m\\u0065thod"),
        CALL.replace("tools/call", "tools\\/call"),
    ] {
        let between = Between::denying("delete");
        let sent = between.client_sends(format!("{line}\n").as_bytes());
        assert_eq!(sent, (String::new(), format!("{REFUSED}\n")), "{line}");
    }
    for line in [
        r#"{"id":1,"method":"ping","method":"tools/call","params":{"name":"delete"}}"#,
        r#"{"id":1,"method":"tools/call","method":"ping","params":{"name":"delete"}}"#,
        r#"{"id":1,"method":"ping","Method":"tools/call","params":{"name":"delete"}}"#,
        r#"{"id":1,"method":"tools/call","params":{"name":"x"},"param\u017f":{"name":"delete"}}"#,
        r#"{"id":1,"METHOD":"tools/call","params":{"name":"delete"}}"#,
    ] {
        let between = Between::denying("delete");
        let (server, client) = between.client_sends(format!("{line}\n").as_bytes());
        assert_eq!(server, "", "{line}");
        assert!(client.is_empty() || client.contains("\"id\":1,\"error\""), "{client}");
        assert_eq!(
            *between.reported.lock(),
            ["ignored a line from the client: the message is JSON, but not JSON-RPC"]
        );
    }
    for line in [&b"[[{\"id\":1,\"method\":\"tools/call\"}]]"[..], b"{", b"{\"id\":\"\xff\"}", b"x"]
    {
        assert_eq!(Between::denying("delete").client_sends(line), Default::default());
    }
}

#[test]
fn a_call_cannot_hide_behind_a_carriage_return() {
    let line = format!("{{\"id\":2,\"method\":\"ping\",\"params\":\r{CALL}\r}}\r\n");
    let (server, _) = Between::denying("delete").client_sends(line.as_bytes());
    assert_eq!(server, format!("{}\r\n", line.trim_end().replace('\r', " ")));
}

#[test]
fn every_other_byte_passes() {
    let long = format!("{{\"id\":3,\"result\":{{\"x\":\"{}\"}}}}", "x".repeat(100_000));
    let lines = [
        r#"{ "id" : 1.0e0, "method":"tools/call", "params":{"name":"read","arguments":{"n":1e999,"s":"\ud83d"}} }"#,
        r#"[{"id":1,"method":"a"},{"method":"notifications/x"}]"#,
        "\u{feff}{\"method\":\"notifications/tools/list_changed\"}\r",
        "",
        "  ",
        &long,
    ];
    let between = Between::denying("delete");
    for end in ["\n", ""] {
        let text = lines.join("\n") + end;
        assert_eq!(between.client_sends(text.as_bytes()), (text.clone(), String::new()));
        let text =
            text + "not JSON\n{\"id\":9,\"result\":{\"tools\":[{\"name\":\"delete\"}]}}" + end;
        assert_eq!(between.server_sends(text.as_bytes()), text);
        // A list without a response does not change what passes.
        between.client_sends(b"{\"id\":1000,\"method\":\"tools/list\"}\n");
        assert_eq!(between.server_sends(text.as_bytes()), text);
        between.server_sends(b"\n");
    }
}

#[test]
fn hidden_tools_are_removed_from_every_page_whatever_the_id_is() {
    for (id, answered) in [
        ("1", "1"),
        ("1", "1.0"),
        ("\"a\"", "\"\\u0061\""),
        ("12345678901234567890123", "12345678901234567000000"),
        ("{\"x\": 1.0}", "{\"x\":1.0}"),
    ] {
        let between = Between::denying("delete");
        for page in ["", r#","params":{"cursor":"2"}"#] {
            let list = format!("{{\"id\":{id},\"method\":\"tools/list\"{page}}}\n");
            assert_eq!(between.client_sends(list.as_bytes()), (list, String::new()));
            let tools = r#"{"name":"read"},{"name":"delete"}"#;
            let answer = |tools: &str| {
                format!(
                    "{{\"id\":{answered},\"result\":{{\"tools\":[{tools}],\"nextCursor\":\"2\"}}}}\r\n"
                )
            };
            let want = answer(r#"{"name":"read"}"#);
            assert_eq!(between.server_sends(answer(tools).as_bytes()), want);
        }
    }
    let between = Between::denying("delete");
    between
        .client_sends(b"[{\"id\":1,\"method\":\"tools/list\"},{\"id\":2,\"method\":\"ping\"}]\n");
    let answer = b"\xef\xbb\xbf[{\"id\":2,\"result\":{}},{\"id\":1,\"result\":{\"tools\":[{\"name\":\"delete\"}]}}]\n";
    let want = "\u{feff}[{\"id\":2,\"result\":{}},{\"id\":1,\"result\":{\"tools\":[]}}]\n";
    assert_eq!(between.server_sends(answer), want);
}

#[test]
fn a_list_that_cannot_be_parsed_becomes_an_error() {
    for answer in [
        r#"{"id":1,"result":{"tools":[{"name":"delete"}]},"result":{}}"#,
        r#"{"id":1,"result":{"tools":[],"tools":[{"name":"delete"}]}}"#,
        r#"{"id":1,"result":{"tools":{"name":"delete"}}}"#,
    ] {
        let between = Between::denying("delete");
        between.client_sends(b"{\"id\":1,\"method\":\"tools/list\"}\n");
        let got = between.server_sends(format!("{answer}\n").as_bytes());
        assert!(got.starts_with("{\"jsonrpc\":\"2.0\",\"id\":1,\"error\""), "{answer}: {got}");
        assert!(got.ends_with("\n") && !got.contains("delete"), "{got}");
    }
}

#[test]
fn a_refusal_waits_for_the_end_of_a_line_of_the_server() {
    let between = Between::denying("delete");
    assert_eq!(between.filter.client.write(b"{\"id\":5,").ok(), Some(()));
    between.filter.client.send(b"refusal".to_vec());
    between.filter.client.write(b"\"result\":1}\n").unwrap();
    assert_eq!(between.client_got(), "{\"id\":5,\"result\":1}\nrefusal\n");
}
