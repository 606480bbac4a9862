//! The allocator: sizes in powers of two, a list of free blocks for each, and memory that is only ever asked for.
//!
//! A vector that grows doubles, so it leaves a block of a size that others will want. What was freed is given to the next
//! who wants that size; nothing is merged, and nothing given back: two pages of 64 KiB serve most connections.
#![allow(unsafe_code, reason = "an allocator is made of raw memory")]

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ptr;

use crate::ground::more_memory;

/// The smallest block is of 2^4 bytes: the size and alignment of everything small.
const SMALLEST: u32 = 4;

pub(crate) const PAGE: usize = 1 << 16;

/// The allocator of an instance that has one thread.
pub(crate) struct Heap(UnsafeCell<State>);

struct State {
    /// The free blocks of 2^n bytes; each begins with the address of the next.
    free: [*mut u8; 32],
    /// Memory that was never used: from here,
    start: *mut u8,
    /// so many bytes.
    left: usize,
}

// SAFETY: there is one thread, see `ground`. (Natively each test has a heap of its own.)
unsafe impl Sync for Heap {}

impl Heap {
    pub(crate) const fn new() -> Heap {
        Heap(UnsafeCell::new(State {
            free: [ptr::null_mut(); 32],
            start: ptr::null_mut(),
            left: 0,
        }))
    }
}

// SAFETY: blocks are of at least the size asked for, aligned to their own size (up to a page) for they are cut off memory in
// an order that keeps them so, and given once until freed. The reference to the state ends before the call does, and there is
// one thread.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        unsafe { (*self.0.get()).take(class(layout)) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        unsafe { (*self.0.get()).put(block, class(layout)) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        unsafe {
            let wanted = Layout::from_size_align_unchecked(size, layout.align());
            if class(wanted) == class(layout) {
                return block;
            }
            let moved = self.alloc(wanted);
            if !moved.is_null() {
                ptr::copy_nonoverlapping(block, moved, layout.size().min(size));
                self.dealloc(block, layout);
            }
            moved
        }
    }
}

/// The power of two that a block of this layout has.
fn class(layout: Layout) -> u32 {
    let size = layout.size().max(layout.align());
    (usize::BITS - (size - 1).leading_zeros()).max(SMALLEST)
}

impl State {
    /// # Safety
    /// The lists hold nothing but blocks that `put` was given.
    unsafe fn take(&mut self, class: u32) -> *mut u8 {
        let Some(free) = self.free.get_mut(class as usize) else {
            return ptr::null_mut();
        };
        let block = *free;
        if block.is_null() {
            return self.cut(1 << class);
        }
        // SAFETY: it is a block of at least 16 bytes, and begins with the address of the next.
        *free = unsafe { *block.cast() };
        block
    }

    /// # Safety
    /// `block` is one that `take` gave for this class, and nobody's any more.
    unsafe fn put(&mut self, block: *mut u8, class: u32) {
        if let Some(free) = self.free.get_mut(class as usize) {
            // SAFETY: it is a block of at least 16 bytes, and aligned to that.
            unsafe { *block.cast() = *free };
            *free = block;
        }
    }

    /// Cuts a block off the memory that was never used, of which there is more to be had.
    fn cut(&mut self, size: usize) -> *mut u8 {
        if !self.reach(size) {
            return ptr::null_mut();
        }
        let block = self.start;
        self.start = block.wrapping_add(size);
        self.left -= size;
        block
    }

    /// Sees to it that so many bytes are left, where a block of so many may begin. What is passed over is lost: it is less than
    /// the block, and a block of its own kind hardly ever needs it.
    fn reach(&mut self, size: usize) -> bool {
        let aligned = size.min(PAGE);
        let gap = self.start.addr().wrapping_neg() & (aligned - 1);
        if self.left >= size + gap {
            self.start = self.start.wrapping_add(gap);
            self.left -= gap;
            return true;
        }
        let pages = size.div_ceil(PAGE);
        let Some(from) = more_memory(pages) else {
            return false;
        };
        if from.addr() != self.start.addr() + self.left {
            self.start = from;
            self.left = 0;
        }
        self.left += pages * PAGE;
        self.reach(size)
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    fn layout(size: usize, align: usize) -> Layout {
        Layout::from_size_align(size, align).unwrap()
    }

    /// A block, filled with a byte of its own.
    fn block(heap: &Heap, layout: Layout, fill: u8) -> *mut u8 {
        // SAFETY: the layout is not of size 0, and the block is as large as that.
        unsafe {
            let block = heap.alloc(layout);
            assert!(!block.is_null() && block.addr().is_multiple_of(layout.align()));
            block.write_bytes(fill, layout.size());
            block
        }
    }

    fn is_filled(block: *mut u8, size: usize, fill: u8) -> bool {
        // SAFETY: `block` is of at least that size, and was filled.
        let at = |place| unsafe { block.add(place).read() };
        [0, size / 2, size - 1].map(at) == [fill; 3]
    }

    #[test]
    fn blocks_are_apart_aligned_and_used_again() {
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
                // SAFETY: it was allocated with this layout.
                unsafe { heap.dealloc(*block, layout) };
            }
        }
        let small = block(&heap, layouts[0], 1);
        // SAFETY: it was allocated with this layout.
        unsafe { heap.dealloc(small, layouts[0]) };
        assert_eq!(block(&heap, layouts[1], 2), small, "of the same class");
    }

    #[test]
    fn what_grows_keeps_what_it_holds() {
        let heap = Heap::new();
        let mut size = 20;
        let mut grown = block(&heap, layout(size, 8), 7);
        while size < 300_000 {
            let before = size;
            size = size * 3 / 2;
            // SAFETY: it was allocated with this layout, and what is filled is as large.
            unsafe {
                grown = heap.realloc(grown, layout(before, 8), size);
                assert!(is_filled(grown, before, 7));
                grown.write_bytes(7, size);
            }
        }
    }

    #[test]
    fn what_is_aligned_to_more_than_16_bytes_is_so() {
        let heap = Heap::new();
        for align in [16, 32, 64, 256, 4096] {
            block(&heap, layout(1, 1), 0);
            block(&heap, layout(align / 2, align), 1);
        }
    }
}
