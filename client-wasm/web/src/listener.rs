//! Event listeners that are removed when they are dropped.

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, EventTarget};

/// A function that listens to events of one or more targets.
pub(super) struct Listener {
    closure: Closure<dyn FnMut(Event)>,
    registered: Vec<(EventTarget, &'static str)>,
}

impl Listener {
    pub(super) fn new(hear: impl FnMut(Event) + 'static) -> Listener {
        Listener {
            closure: Closure::wrap_aborting(Box::new(hear)),
            registered: Vec::new(),
        }
    }

    /// Listens to the events of this type, on their way down to their target. Does nothing if `target` has no events.
    pub(super) fn add(&mut self, target: &JsValue, kind: &'static str) {
        let Ok(target) = target.clone().dyn_into::<EventTarget>() else {
            return;
        };
        let hear = self.closure.as_ref().unchecked_ref();
        if target
            .add_event_listener_with_callback_and_bool(kind, hear, true)
            .is_ok()
        {
            self.registered.push((target, kind));
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let hear = self.closure.as_ref().unchecked_ref();
        for (target, kind) in &self.registered {
            let _ = target.remove_event_listener_with_callback_and_bool(kind, hear, true);
        }
    }
}
