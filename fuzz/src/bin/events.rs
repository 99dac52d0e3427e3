//! Server-sent events. The first byte is the size of the pieces in which they arrive.
#![no_main]

use std::io::BufReader;

use libfuzzer_sys::fuzz_target;
use mcpgen::testing::bridge::events::EventStream;

fuzz_target!(|data: &[u8]| {
    let Some((size, stream)) = data.split_first() else { return };
    // How a stream is split changes nothing.
    assert_eq!(parsed(stream, usize::from(*size) + 1), parsed(stream, stream.len() + 1));
});

type ParsedStream = (Vec<(Option<String>, Vec<u8>)>, Option<String>, Option<u64>);

fn parsed(stream: &[u8], size: usize) -> ParsedStream {
    let mut events = EventStream::new(BufReader::with_capacity(size, stream), None);
    let mut found = vec![];
    while let Some(event) = events.next_event().expect("a slice has no errors") {
        assert!(!event.data.contains(&b'\r'));
        found.push((event.kind, event.data));
    }
    let fits_header = |id: &String| id.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    assert!(events.last_id.as_ref().is_none_or(fits_header), "{:?}", events.last_id);
    (found, events.last_id, events.retry)
}
