//! Names of events, as Laravel makes them from the names of classes.

use alloc::string::String;

/// The event of a notification, by its full name.
pub const NOTIFICATION: &str = ".Illuminate\\Notifications\\Events\\BroadcastNotificationCreated";

/// Writes names of events with a namespace.
///
/// ```
/// use tidewire_core::echo::EventNames;
///
/// let names = EventNames::default();
/// assert_eq!(names.format("OrderShipped"), r"App\Events\OrderShipped");
/// assert_eq!(names.format(".order.shipped"), "order.shipped");
/// assert_eq!(names.format(r"\App\Orders\Shipped"), r"App\Orders\Shipped");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventNames {
    namespace: Option<String>,
}

impl EventNames {
    /// Names with this namespace; `None` or an empty one for names as they are.
    pub fn new(namespace: Option<&str>) -> Self {
        let namespace = namespace.filter(|namespace| !namespace.is_empty());
        EventNames {
            namespace: namespace.map(String::from),
        }
    }

    /// Returns the name on the wire.
    pub fn format(&self, event: &str) -> String {
        if let Some(verbatim) = event.strip_prefix(['.', '\\']) {
            return verbatim.into();
        }
        let mut name = String::new();
        if let Some(namespace) = &self.namespace {
            name.push_str(namespace);
            name.push('.');
        }
        name.push_str(event);
        name.replace('.', "\\")
    }
}

impl Default for EventNames {
    /// Laravel's own namespace, `App.Events`.
    fn default() -> Self {
        EventNames::new(Some("App.Events"))
    }
}

/// Returns the name of a whisper on the wire.
pub fn whisper_event(name: &str) -> String {
    let mut event = String::from("client-");
    event.push_str(name);
    event
}
