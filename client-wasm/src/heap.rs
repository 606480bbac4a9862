//! The allocator: sizes in powers of two, a list of free blocks for each, and memory that is only ever asked for.
//!
//! A vector that grows doubles, so it leaves a block of a size that others will want. What was freed is given to the next
//! who wants that size; nothing is merged, and nothing given back: a page of 64 KiB serves most connections.
#![allow(unsafe_code, reason = "an allocator is made of raw memory")]

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ptr;

/// The smallest block is of 16 bytes: the size and alignment of everything small.
const SMALLEST: u32 = 4;

/// The allocator of an instance that has one thread.
pub(crate) struct Heap(UnsafeCell<State>);

struct State {
    /// The free blocks of 2^n bytes; each begins with the address of the next.
    free: [*mut u8; 32],
    /// Memory that was never used: from here,
    start: usize,
    /// to here.
    end: usize,
}

// SAFETY: there is one thread, see `ground`.
unsafe impl Sync for Heap {}

impl Heap {
    pub(crate) const fn new() -> Heap {
        Heap(UnsafeCell::new(State {
            free: [ptr::null_mut(); 32],
            start: 0,
            end: 0,
        }))
    }
}

// SAFETY: blocks are of at least the size asked for, aligned to their own size or to 16, and given once until freed. The
// reference to the state ends before the call does, and there is one thread.
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
    unsafe fn take(&mut self, class: u32) -> *mut u8 {
        let Some(free) = self.free.get_mut(class as usize) else {
            return ptr::null_mut();
        };
        let block = *free;
        if block.is_null() {
            return self.cut(1 << class);
        }
        *free = unsafe { *block.cast() };
        block
    }

    unsafe fn put(&mut self, block: *mut u8, class: u32) {
        if let Some(free) = self.free.get_mut(class as usize) {
            unsafe { *block.cast() = *free };
            *free = block;
        }
    }

    /// Cuts a block off the memory that was never used, of which there is more to be had.
    fn cut(&mut self, size: usize) -> *mut u8 {
        if self.end - self.start < size && !self.grow(size) {
            return ptr::null_mut();
        }
        let block = self.start;
        self.start += size;
        block as *mut u8
    }

    fn grow(&mut self, size: usize) -> bool {
        const PAGE: usize = 1 << 16;
        let before = core::arch::wasm32::memory_grow::<0>(size.div_ceil(PAGE));
        if before == usize::MAX {
            return false;
        }
        let from = before * PAGE;
        if from != self.end {
            self.start = from;
        }
        self.end = from + size.div_ceil(PAGE) * PAGE;
        true
    }
}
