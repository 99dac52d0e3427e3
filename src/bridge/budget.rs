//! Limits how many bytes of long messages from servers are buffered at once. A long message is buffered completely
//! before it is forwarded, and any number of long messages may arrive at the same time.

use parking_lot::{Condvar, Mutex};

use super::message::LIMIT;

// Two messages of the maximum length.
const MOST: usize = 2 * LIMIT;
/// Messages up to this many bytes are not counted.
pub const LONG: usize = 1 << 20;

// glibc keeps the memory of an allocation for later, up to 32 MiB, and unmaps that of a longer one (mallopt(3),
// M_MMAP_THRESHOLD). Pages that are never written take no memory. A build for musl unmaps from 128 KiB on
// (allocator.rs).
const UNMAPPED: usize =
    if cfg!(all(target_os = "linux", target_env = "gnu")) { 33 << 20 } else { 0 };
/// Messages up to this many bytes are in ordinary buffers.
pub const SHORT: usize = 64 << 10;

static HELD: Budget = Budget { bytes: Mutex::new(0), freed: Condvar::new() };

struct Budget {
    bytes: Mutex<usize>,
    freed: Condvar,
}

/// Buffer space for a long message, freed on drop.
#[derive(Debug)]
pub struct BufferReservation(usize);

/// Grows the buffer of a message that is not short, so that its memory returns to the system together with the message.
pub fn unmapped(buffer: &mut Vec<u8>) {
    buffer.reserve_exact(UNMAPPED.saturating_sub(buffer.len()));
}

/// Waits for buffer space. Reserves all the space that the message may need at once: if two messages each reserved a
/// part and waited for more, they would deadlock.
pub fn reserve(bytes: Option<usize>) -> BufferReservation {
    let bytes = bytes.unwrap_or(LIMIT).min(LIMIT);
    let full = |held: &mut usize| *held + bytes > MOST;
    let mut held = HELD.bytes.lock();
    HELD.freed.wait_while(&mut held, full);
    *held += bytes;
    BufferReservation(bytes)
}

impl Drop for BufferReservation {
    fn drop(&mut self) {
        *HELD.bytes.lock() -= self.0;
        HELD.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_third_long_message_waits_until_one_of_two_frees_its_space() {
        let (first, _second) = (reserve(None), reserve(None));
        let (told, third) = channel();
        std::thread::spawn(move || told.send(reserve(Some(LONG))).unwrap());
        assert!(third.recv_timeout(Duration::from_millis(50)).is_err());
        drop(first);
        assert!(third.recv_timeout(Duration::from_secs(10)).is_ok());
    }
}
