//! The session, the transport and the version of a request of Engine.IO, as its query names them.

use axum::extract::Request;
use url::form_urlencoded;

/// The purpose of a request of Engine.IO.
pub(crate) struct Purpose {
    /// `None` for the first request of a session.
    pub(crate) session: Option<String>,
    pub(crate) is_websocket: bool,
    /// Whether the query names Engine.IO 3.
    pub(crate) is_eio3: bool,
}

impl Purpose {
    pub(crate) fn of(request: &Request) -> Self {
        let query = request.uri().query().unwrap_or_default();
        let value = |name: &str| {
            let mut pairs = form_urlencoded::parse(query.as_bytes());
            pairs
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
        };
        Self {
            session: value("sid"),
            is_websocket: value("transport").as_deref() == Some("websocket"),
            is_eio3: value("EIO").as_deref() == Some("3"),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn of(target: &str) -> Purpose {
        Purpose::of(&Request::get(target).body(Body::empty()).unwrap())
    }

    #[test]
    fn other_parameters_name_no_session() {
        let first = of("/socket.io/?EIO=4&transport=polling&mysid=a&x=sid%3Db");
        assert_eq!((first.session, first.is_websocket), (None, false));
        assert!(!first.is_eio3);
        let later = of("/socket.io/?s%69d=a&transport=websocket&EIO=3");
        assert_eq!(later.session.as_deref(), Some("a"));
        assert!(later.is_websocket && later.is_eio3);
    }
}
