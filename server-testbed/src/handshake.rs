//! The handshake of a connection: the query of its URL, its headers, and the id that its client
//! knows.

use serde_json::{Map, Value, json};
use socketioxide::ProtocolVersion;
use url::form_urlencoded;

use crate::cluster::Socket;

/// Returns a socket's id as its client knows it: `/ns#sid` in protocol 4 (`sid` on `/`), `sid` in
/// protocol 5.
pub(crate) fn client_id(socket: &Socket) -> String {
    match (socket.protocol(), socket.ns()) {
        (ProtocolVersion::V4, namespace) if namespace != "/" => {
            format!("{namespace}#{}", socket.id)
        }
        _ => socket.id.to_string(),
    }
}

/// Returns one value of the query in the Engine.IO URL.
pub(crate) fn query_value(socket: &Socket, key: &str) -> Option<String> {
    query_pairs(socket)
        .find(|(name, _)| name == key)
        .map(|(_, value)| value)
}

/// Returns the reply to the lab event `handshake`; `auth` is the payload of the client's CONNECT.
pub(crate) fn report(socket: &Socket, auth: &Value) -> Value {
    json!({ "query": query(socket), "auth": auth, "headers": headers(socket) })
}

/// Returns the payload of the client's CONNECT, or null in protocol 4, where CONNECT has none.
pub(crate) fn auth_or_null(socket: &Socket, auth: Value) -> Value {
    match socket.protocol() {
        ProtocolVersion::V4 => Value::Null,
        ProtocolVersion::V5 => auth,
    }
}

fn query(socket: &Socket) -> Map<String, Value> {
    query_pairs(socket)
        .map(|(key, value)| (key, Value::String(value)))
        .collect()
}

fn query_pairs(socket: &Socket) -> impl Iterator<Item = (String, String)> {
    let query = socket.req_parts().uri.query().unwrap_or_default();
    form_urlencoded::parse(query.as_bytes()).into_owned()
}

/// Returns the headers of the first request. Repeated headers are joined by `, `, as in Node.
fn headers(socket: &Socket) -> Map<String, Value> {
    let headers = &socket.req_parts().headers;
    let joined = |name| {
        let values: Vec<_> = headers
            .get_all(name)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()))
            .collect();
        Value::String(values.join(", "))
    };
    headers
        .keys()
        .map(|name| (name.to_string(), joined(name)))
        .collect()
}
