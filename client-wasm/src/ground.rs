//! The ground under the rest: what there is once in an instance, and the only unsafe lines.
//!
//! * The machines, the desk and the slots' counts live in statics. An instance of WebAssembly without threads has one
//!   thread, so that what is in a static is shared with nobody. Natively, where the tests run, each thread has its own.
//! * Exported functions need their names: `no_mangle` is unsafe because two of one name would be linked as one. All are
//!   written in one list, where the compiler refuses a second.
//! * The allocator of `heap`.
#![allow(unsafe_code, reason = "said above, and at each line")]

use core::cell::RefCell;

use crate::hall::Hall;
use crate::slot::Slots;

/// Calls `f` with the machines and the desk. Nothing that `f` does may come back here.
pub(crate) fn with_hall<R>(f: impl FnOnce(&mut Hall) -> R) -> R {
    HALL.with(|hall| f(&mut hall.borrow_mut()))
}

/// Calls `f` with the counts of the slots. Nothing that `f` does may come back here.
pub(crate) fn with_slots<R>(f: impl FnOnce(&mut Slots) -> R) -> R {
    SLOTS.with(|slots| f(&mut slots.borrow_mut()))
}

#[cfg(target_arch = "wasm32")]
mod single {
    use super::{Hall, RefCell, Slots};

    /// A static of the one thread there is.
    pub(super) struct Single<T>(RefCell<T>);

    // SAFETY: there is one thread; see above. Builds with threads are refused below.
    unsafe impl<T> Sync for Single<T> {}

    #[cfg(target_feature = "atomics")]
    compile_error!("the statics of tidewire-wasm are for one thread");

    impl<T> Single<T> {
        pub(super) fn with<R>(&self, f: impl FnOnce(&RefCell<T>) -> R) -> R {
            f(&self.0)
        }
    }

    pub(super) static HALL: Single<Hall> = Single(RefCell::new(Hall::new()));
    pub(super) static SLOTS: Single<Slots> = Single(RefCell::new(Slots::new()));
}
#[cfg(target_arch = "wasm32")]
use single::{HALL, SLOTS};

#[cfg(not(target_arch = "wasm32"))]
std::thread_local! {
    static HALL: RefCell<Hall> = const { RefCell::new(Hall::new()) };
    static SLOTS: RefCell<Slots> = const { RefCell::new(Slots::new()) };
}

/// How many pages the memory has.
pub(crate) fn page_count() -> u32 {
    #[cfg(target_arch = "wasm32")]
    return core::arch::wasm32::memory_size::<0>() as u32;
    #[cfg(not(target_arch = "wasm32"))]
    0
}

/// So many more pages of memory, or none when there are no more.
#[cfg(any(target_arch = "wasm32", test))]
pub(crate) fn more_memory(pages: usize) -> Option<*mut u8> {
    #[cfg(target_arch = "wasm32")]
    {
        let before = core::arch::wasm32::memory_grow::<0>(pages);
        let from = core::ptr::with_exposed_provenance_mut(before * crate::heap::PAGE);
        (before != usize::MAX).then_some(from)
    }
    #[cfg(not(target_arch = "wasm32"))]
    {
        let memory = std::vec![0u64; pages * crate::heap::PAGE / 8 * 2]
            .leak()
            .as_mut_ptr();
        let memory = memory.cast::<u8>();
        Some(memory.wrapping_add(memory.addr().wrapping_neg() % crate::heap::PAGE))
    }
}

/// Functions with the names that JavaScript calls them by.
macro_rules! exports {
    ($($(#[$doc:meta])* fn $name:ident($($argument:ident: $type:ty),*) $(-> $result:ty)? $body:block)*) => {
        $(
            $(#[$doc])*
            #[allow(unsafe_code, reason = "each name stands once in this list")]
            #[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
            pub extern "C" fn $name($($argument: $type),*) $(-> $result)? $body
        )*
    };
}
pub(crate) use exports;

#[cfg(target_arch = "wasm32")]
mod wasm {
    /// A panic is a bug; the instance ends with a trap, and its host goes on.
    #[panic_handler]
    fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
        core::arch::wasm32::unreachable()
    }

    #[global_allocator]
    static HEAP: crate::heap::Heap = crate::heap::Heap::new();
}
