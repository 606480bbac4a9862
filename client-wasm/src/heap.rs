//! The allocator: blocks of powers of two, with a free list for each size.
//!
//! A freed block serves the next request of its size. Blocks are never merged and memory is never given back: a vector doubles
//! as it grows, so it leaves blocks of sizes that other vectors want, and two pages of 64 KiB serve most connections.
//!
//! An allocator of our own, for the sake of size: with talc 4.4 core.wasm is 889 bytes larger (gzip -9), with dlmalloc 0.2 1,942.
#![allow(
    unsafe_code,
    reason = "an allocator hands out raw memory; see the SAFETY comments"
)]

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ptr;

use crate::memory::{PAGE, grow};
use crate::single::Single;

/// The smallest block has 2^4 bytes, which is also the largest alignment of small values.
const SMALLEST: u32 = 4;

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static HEAP: Heap = Heap::new();

/// The allocator of an instance that has one thread.
struct Heap(Single<UnsafeCell<State>>);

struct State {
    /// The free blocks of 2^n bytes; each begins with the address of the next one.
    free: [*mut u8; 32],
    /// The memory that was never used.
    start: *mut u8,
    /// Its size in bytes.
    left: usize,
}

impl Heap {
    const fn new() -> Heap {
        Heap(Single(UnsafeCell::new(State {
            free: [ptr::null_mut(); 32],
            start: ptr::null_mut(),
            left: 0,
        })))
    }
}

// SAFETY: a block has at least the requested size, because `class` rounds up. It begins at a multiple of its own size (of a
// page, if it is larger), because `align` skips to one, so it has the requested alignment: no type here asks for more than a
// page. It is handed out once until it is freed.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: one thread, and no call below comes back here, so this is the only reference to the state. The lists hold
        // freed blocks only, because `dealloc` alone calls `put`.
        unsafe { (*self.0.0.get()).take(class(layout)) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the only reference to the state, as in `alloc`. The caller of `dealloc` promises that `alloc` returned the
        // block for this layout, and that it is no longer used.
        unsafe { (*self.0.0.get()).put(block, class(layout)) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the alignment is that of a valid layout. The caller of `realloc` promises that the size, rounded up to it,
        // does not overflow.
        let wanted = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        if class(wanted) == class(layout) {
            return block;
        }
        // SAFETY: the caller of `realloc` promises that `size` is not 0.
        let moved = unsafe { self.alloc(wanted) };
        if !moved.is_null() {
            // SAFETY: both blocks are at least as large as the copy, and differ: `block` is not freed yet.
            unsafe { ptr::copy_nonoverlapping(block, moved, layout.size().min(size)) };
            // SAFETY: the caller of `realloc` promises that `alloc` returned the block for this layout; it gives the block up.
            unsafe { self.dealloc(block, layout) };
        }
        moved
    }
}

/// Returns the exponent of the size of the block for a layout.
fn class(layout: Layout) -> u32 {
    let size = layout.size().max(layout.align());
    (usize::BITS - (size - 1).leading_zeros()).max(SMALLEST)
}

impl State {
    /// Returns a block of `2^class` bytes, or null if there is no memory.
    ///
    /// # Safety
    ///
    /// The free lists hold nothing but blocks given to `put`.
    unsafe fn take(&mut self, class: u32) -> *mut u8 {
        let Some(free) = self.free.get_mut(class as usize) else {
            return ptr::null_mut();
        };
        let block = *free;
        if block.is_null() {
            return self.split_off(1 << class);
        }
        // SAFETY: a free block has at least 16 bytes, is aligned to 16, and `put` has written the next address to its front.
        *free = unsafe { *block.cast() };
        block
    }

    /// Adds a block to the free list of its class.
    ///
    /// # Safety
    ///
    /// `take` has returned `block` for this class, and it is no longer used.
    unsafe fn put(&mut self, block: *mut u8, class: u32) {
        if let Some(free) = self.free.get_mut(class as usize) {
            // SAFETY: the block has at least 16 bytes, is aligned to 16, and is no longer used.
            unsafe { *block.cast() = *free };
            *free = block;
        }
    }

    /// Takes a block from the unused memory, which grows if it is too small.
    fn split_off(&mut self, size: usize) -> *mut u8 {
        if !self.align(size) {
            return ptr::null_mut();
        }
        let block = self.start;
        self.start = block.wrapping_add(size);
        self.left -= size;
        block
    }

    /// Skips to where a block of `size` bytes may begin, and grows the memory if fewer bytes are left there. Returns whether
    /// the block fits. The skipped bytes are lost: they are fewer than the block has.
    fn align(&mut self, size: usize) -> bool {
        let aligned = size.min(PAGE);
        let gap = self.start.addr().wrapping_neg() & (aligned - 1);
        if self.left >= size + gap {
            self.start = self.start.wrapping_add(gap);
            self.left -= gap;
            return true;
        }
        let pages = size.div_ceil(PAGE);
        let Some(from) = grow(pages) else {
            return false;
        };
        if from.addr() != self.start.addr() + self.left {
            self.start = from;
            self.left = 0;
        }
        self.left += pages * PAGE;
        self.align(size)
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    fn layout(size: usize, align: usize) -> Layout {
        Layout::from_size_align(size, align).unwrap()
    }

    /// Allocates a block and fills it with `fill`.
    fn block(heap: &Heap, layout: Layout, fill: u8) -> *mut u8 {
        // SAFETY: the size of the layout is not 0, and the block has that size.
        unsafe {
            let block = heap.alloc(layout);
            assert!(!block.is_null() && block.addr().is_multiple_of(layout.align()));
            block.write_bytes(fill, layout.size());
            block
        }
    }

    fn is_filled(block: *mut u8, size: usize, fill: u8) -> bool {
        // SAFETY: the caller passes a block that has at least that size and is filled.
        let at = |offset| unsafe { block.add(offset).read() };
        [0, size / 2, size - 1].map(at) == [fill; 3]
    }

    #[test]
    fn blocks_are_disjoint_aligned_and_reused() {
        let heap = Heap::new();
        let sizes = [1, 16, 17, 40, 100, 1000, 5000, 70_000, 200_000];
        let layouts: Vec<Layout> = sizes.iter().map(|size| layout(*size, 16)).collect();
        for _ in 0..3 {
            let blocks: Vec<_> = (0..sizes.len() * 3)
                .map(|at| block(&heap, layouts[at % sizes.len()], at as u8))
                .collect();
            for (at, block) in blocks.iter().enumerate() {
                let layout = layouts[at % sizes.len()];
                assert!(is_filled(*block, layout.size(), at as u8), "block {at}");
                // SAFETY: the block was allocated with this layout.
                unsafe { heap.dealloc(*block, layout) };
            }
        }
        let small = block(&heap, layouts[0], 1);
        // SAFETY: the block was allocated with this layout.
        unsafe { heap.dealloc(small, layouts[0]) };
        assert_eq!(block(&heap, layouts[1], 2), small, "of the same class");
    }

    #[test]
    fn a_block_keeps_its_content_as_it_grows() {
        let heap = Heap::new();
        let mut size = 20;
        let mut grown = block(&heap, layout(size, 8), 7);
        while size < 300_000 {
            let before = size;
            size = size * 3 / 2;
            // SAFETY: the block was allocated with this layout, and the new one is as large as the part that is filled.
            unsafe {
                grown = heap.realloc(grown, layout(before, 8), size);
                assert!(is_filled(grown, before, 7));
                grown.write_bytes(7, size);
            }
        }
    }

    #[test]
    fn alignments_above_16_bytes_hold() {
        let heap = Heap::new();
        for align in [16, 32, 64, 256, 4096] {
            block(&heap, layout(1, 1), 0);
            block(&heap, layout(align / 2, align), 1);
        }
    }
}
