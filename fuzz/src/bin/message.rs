//! A JSON-RPC line, from a client or a server.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mcpgen::testing::bridge::id_scanner::IdScanner;
use mcpgen::testing::bridge::message;
use serde_json::Value;

fuzz_target!(|line: &[u8]| {
    let read = message::value(line);
    if let Ok(value) = serde_json::from_slice::<Value>(line) {
        assert_eq!(read, Some(value), "valid JSON is read as any program reads it");
    }
    let scanned = scan(line, line.len().max(1));
    assert_eq!(scan(line, 3), scanned, "how a line is split changes nothing");
    let Ok(messages) = message::parse(line) else { return };
    let ids: Vec<Option<&str>> = messages.iter().map(|it| it.request()).collect();
    for message in &messages {
        message.name();
        message.cancels();
    }
    for id in ids.iter().flatten() {
        let error = message::failure(id, "a \"reason\"\n");
        // A number may be too large for serde_json.
        let Ok(error) = serde_json::from_slice::<Value>(&error) else {
            assert!(value(id).is_none(), "an error response is JSON");
            continue;
        };
        assert_eq!(error["id"], value(id).unwrap_or_default());
    }
    if let (false, [id], Some(b'{')) = (line.contains(&b'\\'), &ids[..], line.trim_ascii().first())
    {
        let is_id = |id: &&str| id.starts_with(['"', '-']) || id.starts_with(char::is_numeric);
        let id =
            id.filter(is_id).filter(|id| id.len() < 200 && value(id).is_some()).map(str::to_owned);
        if id.is_some() {
            assert_eq!(scanned, id, "a line that is too long is answered under the same id");
        }
    }
    let mut one_line = line.to_vec();
    message::on_one_line(&mut one_line);
    assert!(!one_line.contains(&b'\n'));
    let same = message::parse(&one_line).expect("line breaks are between values only");
    let after: Vec<Option<&str>> = same.iter().map(|it| it.request()).collect();
    assert_eq!(values(&after), values(&ids));
});

fn value(id: &str) -> Option<Value> {
    serde_json::from_str(id).ok()
}

// An id that is an object, which JSON-RPC does not allow, may contain a line break.
fn values(ids: &[Option<&str>]) -> Vec<Option<Value>> {
    ids.iter().map(|id| id.and_then(value)).collect()
}

fn scan(line: &[u8], size: usize) -> Option<String> {
    let mut scanner = IdScanner::default();
    line.chunks(size).for_each(|piece| scanner.scan(piece));
    scanner.request()
}
