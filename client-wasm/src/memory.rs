//! The memory of the instance: its size, and how it grows.

/// The size of a WebAssembly page in bytes.
#[cfg(any(target_arch = "wasm32", test))]
pub(crate) const PAGE: usize = 1 << 16;

/// Returns the size of the memory in pages; natively 0.
pub(crate) fn page_count() -> u32 {
    #[cfg(target_arch = "wasm32")]
    return core::arch::wasm32::memory_size::<0>() as u32;
    #[cfg(not(target_arch = "wasm32"))]
    0
}

/// Adds `pages` pages. Returns where they begin, or `None` if the host refuses.
#[cfg(target_arch = "wasm32")]
pub(crate) fn grow(pages: usize) -> Option<*mut u8> {
    let before = core::arch::wasm32::memory_grow::<0>(pages);
    let from = core::ptr::with_exposed_provenance_mut(before * PAGE);
    (before != usize::MAX).then_some(from)
}

/// Natively, in the tests of the allocator: leaked memory that begins at a multiple of [`PAGE`].
#[cfg(all(not(target_arch = "wasm32"), test))]
pub(crate) fn grow(pages: usize) -> Option<*mut u8> {
    let memory = std::vec![0u64; pages * PAGE / 8 * 2].leak().as_mut_ptr();
    let memory = memory.cast::<u8>();
    Some(memory.wrapping_add(memory.addr().wrapping_neg() % PAGE))
}
