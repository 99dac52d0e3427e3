//! The allocator of a build for musl.
//!
//! musl gives the memory of a group of small allocations back to the system as soon as all of them are freed, and asks
//! for it again: 1,100 times to render for all clients, which makes the program three times slower. mimalloc keeps that
//! memory, but it also keeps the long messages of a bridge. Here each does what it is good at.

// An allocator cannot be written without unsafe code, and it is the only unsafe code of mcpgen.
#![expect(unsafe_code, reason = "all functions of GlobalAlloc are unsafe")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr;

// From this many bytes on, musl maps an allocation alone, and unmaps it when it is freed (MMAP_THRESHOLD in its
// src/malloc/mallocng/meta.h).
const LONG: usize = 128 << 10;

/// Takes short allocations from the given allocator, and long ones from the C library. Long ones return to the system.
#[derive(Debug)]
pub struct BySize<A>(pub A);

// SAFETY: an allocation is freed and resized by the allocator that it came from, because that depends only on its
// size, and a caller states the current size each time. An allocation whose size crosses the limit is moved. Both
// allocators get exactly the arguments that the caller promised to be correct.
unsafe impl<A: GlobalAlloc> GlobalAlloc for BySize<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if is_long(layout.size()) {
            // SAFETY: the caller's promise.
            unsafe { System.alloc(layout) }
        } else {
            // SAFETY: the caller's promise.
            unsafe { self.0.alloc(layout) }
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if is_long(layout.size()) {
            // SAFETY: the caller's promise.
            unsafe { System.alloc_zeroed(layout) }
        } else {
            // SAFETY: the caller's promise.
            unsafe { self.0.alloc_zeroed(layout) }
        }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        if is_long(layout.size()) {
            // SAFETY: the caller's promise, and `at` came from this allocator, because the size is the same.
            unsafe { System.dealloc(at, layout) }
        } else {
            // SAFETY: as above.
            unsafe { self.0.dealloc(at, layout) }
        }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        match (is_long(layout.size()), is_long(size)) {
            // SAFETY: the caller's promise, and both sizes belong to this allocator.
            (true, true) => unsafe { System.realloc(at, layout, size) },
            // SAFETY: as above.
            (false, false) => unsafe { self.0.realloc(at, layout, size) },
            // SAFETY: the caller promises that `size` and the alignment form a layout, and that `at` has
            // `layout.size()` bytes. The new allocation has `size` bytes and does not overlap.
            (true, false) | (false, true) => unsafe {
                let to = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
                if !to.is_null() {
                    ptr::copy_nonoverlapping(at, to, layout.size().min(size));
                    self.dealloc(at, layout);
                }
                to
            },
        }
    }
}

const fn is_long(bytes: usize) -> bool {
    bytes >= LONG
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    use super::*;

    // Counts the bytes that are allocated, and refuses long allocations.
    struct Short(AtomicUsize);

    // SAFETY: the system's allocator, with a count.
    unsafe impl GlobalAlloc for Short {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            assert!(layout.size() < LONG);
            self.0.fetch_add(layout.size(), Relaxed);
            // SAFETY: the caller's promise.
            unsafe { System.alloc(layout) }
        }

        unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
            assert!(layout.size() < LONG);
            self.0.fetch_sub(layout.size(), Relaxed);
            // SAFETY: the caller's promise.
            unsafe { System.dealloc(at, layout) }
        }
    }

    #[test]
    fn an_allocation_keeps_its_bytes_across_the_limit_and_is_freed_where_it_came_from() {
        let allocator = BySize(Short(AtomicUsize::new(0)));
        let layout = |size| Layout::from_size_align(size, 8).expect("a layout");
        let sizes = [1, 100, LONG - 1, LONG, 3 * LONG, LONG, LONG - 1, 2 * LONG, 64, LONG];
        let mut size = sizes[0];
        // SAFETY: every layout is that of the allocation, no size is zero, and only allocated bytes are accessed.
        unsafe {
            let mut at = allocator.alloc_zeroed(layout(size));
            assert_eq!(*at, 0);
            for new in sizes {
                at.write_bytes(7, size);
                at = allocator.realloc(at, layout(size), new);
                let kept = std::slice::from_raw_parts(at, size.min(new));
                assert!(kept.iter().all(|byte| *byte == 7), "{size} to {new}");
                assert_eq!(allocator.0.0.load(Relaxed), if new < LONG { new } else { 0 });
                size = new;
            }
            allocator.dealloc(at, layout(size));
            let long = allocator.alloc_zeroed(layout(LONG));
            assert!(std::slice::from_raw_parts(long, LONG).iter().all(|byte| *byte == 0));
            allocator.dealloc(long, layout(LONG));
        }
        assert_eq!(allocator.0.0.load(Relaxed), 0);
    }
}
