//! The ledger, which other programs may have changed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mcpgen::testing::ledger::Ledger;

fuzz_target!(|bytes: &[u8]| {
    let Ok(ledger) = serde_json::from_slice::<Ledger>(bytes) else { return };
    let read: Ledger = serde_json::from_str(&ledger.to_text()).expect("a ledger that we wrote");
    assert_eq!(read, ledger);
});
