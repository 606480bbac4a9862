//! Events of the network and the page, as hints.

use tidewire_core::Hint;
use wasm_bindgen::JsValue;
use web_sys::Event;

use super::listener::Listener;
use super::{clock, global};

/// Listens until it is dropped.
pub struct Watch {
    _listener: Listener,
}

/// Calls `hint` when the network or the page changes. A worker hears of the network only.
///
/// A hidden page keeps running; a frozen page does not, and a page in the back/forward cache must not have a connection.
pub fn watch(hint: impl Fn(Hint) + 'static) -> Watch {
    let mut listener = Listener::new(move |event| hints(&event).iter().copied().for_each(&hint));
    let (window, document) = (global::global(&[]), global::global(&["document"]));
    for kind in [
        "online", "offline", "pagehide", "pageshow", "freeze", "resume",
    ] {
        listener.add(&window, kind);
    }
    listener.add(&document, "visibilitychange");
    Watch {
        _listener: listener,
    }
}

fn hints(event: &Event) -> &'static [Hint] {
    let is_cached = || global::property(event, "persisted").is_truthy();
    let hints: &[Hint] = match &*event.type_() {
        "online" => &[Hint::Online],
        "offline" => &[Hint::Offline],
        "freeze" => &[Hint::Background],
        "resume" => &[Hint::Foreground],
        "pagehide" if is_cached() => &[Hint::Offline, Hint::Background],
        "pageshow" if is_cached() => &[Hint::Foreground],
        "visibilitychange" if is_visible() => &[Hint::Foreground],
        _ => &[],
    };
    if hints.contains(&Hint::Foreground) {
        clock::awake();
    }
    hints
}

fn is_visible() -> bool {
    global::global(&["document", "visibilityState"]) == JsValue::from_str("visible")
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}
