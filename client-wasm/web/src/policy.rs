//! Refusals by the page's Content-Security-Policy, of which the browser tells in an event only.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::{Event, SecurityPolicyViolationEvent};

use super::global;
use super::listener::Listener;

/// Hears whether the policy refuses an address.
pub(super) struct PolicyWatch {
    refused: Rc<RefCell<Option<String>>>,
    _listener: Listener,
}

impl PolicyWatch {
    /// Listens from now on. `url`: the address that is opened.
    pub(super) fn new(url: &str) -> PolicyWatch {
        let refused = Rc::<RefCell<Option<String>>>::default();
        let heard = refused.clone();
        let origin = origin(url).to_owned();
        let mut listener = Listener::new(move |event: Event| {
            let event: SecurityPolicyViolationEvent = event.unchecked_into();
            // Browsers shorten the address to its origin if a redirect led to it.
            if event.disposition().is_enforced() && self::origin(&event.blocked_uri()) == origin {
                *heard.borrow_mut() = Some(event.effective_directive());
            }
        });
        listener.add(&global::global(&[]), "securitypolicyviolation");
        PolicyWatch {
            refused,
            _listener: listener,
        }
    }

    /// The directive that refuses the address, once that is known.
    pub(super) fn refused(&self) -> Option<String> {
        self.refused.borrow().clone()
    }
}

trait Disposition {
    fn is_enforced(&self) -> bool;
}

impl Disposition for web_sys::SecurityPolicyViolationEventDisposition {
    fn is_enforced(&self) -> bool {
        *self == web_sys::SecurityPolicyViolationEventDisposition::Enforce
    }
}

/// The scheme, host and port of a URL.
pub(super) fn origin(url: &str) -> &str {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..].find(['/', '?', '#']);
    &url[..end.map_or(url.len(), |end| start + end)]
}
