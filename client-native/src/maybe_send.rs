//! The bounds of callbacks and futures: `Send` on tokio, which has threads, and none in a browser.

/// `Send` natively, and no bound in a browser, where everything runs on one thread.
///
/// A handler for both may capture what is `Send`; one for the browser alone may also capture an `Rc` or a `JsValue`.
#[cfg(not(target_family = "wasm"))]
pub trait MaybeSend: Send {}
#[cfg(not(target_family = "wasm"))]
impl<T: Send + ?Sized> MaybeSend for T {}

/// `Sync` natively, and no bound in a browser; see [`MaybeSend`].
#[cfg(not(target_family = "wasm"))]
pub trait MaybeSync: Sync {}
#[cfg(not(target_family = "wasm"))]
impl<T: Sync + ?Sized> MaybeSync for T {}

/// `Send` natively, and no bound in a browser, where everything runs on one thread.
///
/// A handler for both may capture what is `Send`; one for the browser alone may also capture an `Rc` or a `JsValue`.
#[cfg(target_family = "wasm")]
pub trait MaybeSend {}
#[cfg(target_family = "wasm")]
impl<T: ?Sized> MaybeSend for T {}

/// `Sync` natively, and no bound in a browser; see [`MaybeSend`].
#[cfg(target_family = "wasm")]
pub trait MaybeSync {}
#[cfg(target_family = "wasm")]
impl<T: ?Sized> MaybeSync for T {}

/// A boxed future, `Send` natively.
#[cfg(not(target_family = "wasm"))]
pub(crate) use futures_util::future::BoxFuture;
#[cfg(target_family = "wasm")]
pub(crate) use futures_util::future::LocalBoxFuture as BoxFuture;

/// The type of a boxed function, `Send` and `Sync` natively. A trait object cannot have the traits above as bounds.
#[cfg(not(target_family = "wasm"))]
macro_rules! dyn_fn {
    (($($argument:ty),*) $(-> $output:ty)?) => { dyn Fn($($argument),*) $(-> $output)? + Send + Sync };
}
#[cfg(target_family = "wasm")]
macro_rules! dyn_fn {
    (($($argument:ty),*) $(-> $output:ty)?) => { dyn Fn($($argument),*) $(-> $output)? };
}
pub(crate) use dyn_fn;
