//! Statics of a program that has one thread.
#![allow(
    unsafe_code,
    reason = "a static must be `Sync`; see the SAFETY comment"
)]

/// A value that one thread alone reaches.
///
/// A WebAssembly instance without shared memory has one thread, so its statics need no lock.
#[cfg(any(target_arch = "wasm32", test))]
pub(crate) struct Single<T>(pub(crate) T);

#[cfg(all(target_arch = "wasm32", target_feature = "atomics"))]
compile_error!("the statics of tidewire-wasm need a build without threads");

// SAFETY: a build for WebAssembly without `atomics` has one thread, so the value is never reached from a second one. A build
// with `atomics` is refused above.
#[cfg(all(target_arch = "wasm32", not(target_feature = "atomics")))]
unsafe impl<T> Sync for Single<T> {}

#[cfg(target_arch = "wasm32")]
impl<T> Single<core::cell::RefCell<T>> {
    /// Calls `f` with the value, as `LocalKey::with_borrow_mut` of std.
    ///
    /// # Panics
    ///
    /// If `f` reaches the same static again.
    pub(crate) fn with_borrow_mut<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        f(&mut self.0.borrow_mut())
    }
}

/// Declares a static in a `RefCell`: one per instance; natively, where the tests run, one per thread.
macro_rules! single {
    (static $name:ident: $type:ty = $value:expr;) => {
        #[cfg(target_arch = "wasm32")]
        static $name: $crate::single::Single<core::cell::RefCell<$type>> =
            $crate::single::Single(core::cell::RefCell::new($value));
        #[cfg(not(target_arch = "wasm32"))]
        std::thread_local! {
            static $name: core::cell::RefCell<$type> = const { core::cell::RefCell::new($value) };
        }
    };
}
pub(crate) use single;
