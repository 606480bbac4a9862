//! Why the browser did not open a WebSocket or send a request. It hides the reason, so this is the likely one.

use super::global;
use super::policy::{PolicyWatch, origin};
use super::timer::Timer;

/// The likely reason why a request got no response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The page came over `https`, and the address is one without TLS.
    MixedContent,
    /// This directive of the page's Content-Security-Policy does not allow the address.
    Policy(String),
    /// The server responds, and does not allow this page to read the response.
    Cors,
    /// The browser says that the device has no network.
    Offline,
    /// None of these: the browser does not tell.
    Unknown,
}

impl Fault {
    /// The reason, as far as it is known at once.
    pub(super) fn of(url: &str, policy: &PolicyWatch) -> Fault {
        if let Some(directive) = policy.refused() {
            Fault::Policy(directive)
        } else if is_mixed(url) {
            Fault::MixedContent
        } else if global::is_offline() {
            Fault::Offline
        } else {
            Fault::Unknown
        }
    }

    /// The reason, after the browser has told of a policy: it may do so after the failure.
    pub(super) async fn later(url: &str, policy: &PolicyWatch) -> Fault {
        if policy.refused().is_none() {
            Timer::new(super::now() + 1).await;
        }
        Fault::of(url, policy)
    }
}

/// Whether the page is secure and the address is not. Browsers allow addresses of the same machine.
fn is_mixed(url: &str) -> bool {
    let page = global::global(&["location", "protocol"]).as_string();
    let is_plain = url.starts_with("ws:") || url.starts_with("http:");
    page.as_deref() == Some("https:") && is_plain && !is_local(url)
}

fn is_local(url: &str) -> bool {
    let host = origin(url).split_once("://").map_or("", |(_, host)| host);
    ["localhost", "127.", "[::1]"]
        .iter()
        .any(|local| host.starts_with(local))
}

/// Whether an address has another origin than the page.
pub(super) fn is_foreign(url: &str) -> bool {
    let page = global::global(&["location", "origin"]).as_string();
    page.as_deref() != Some(origin(url))
}
