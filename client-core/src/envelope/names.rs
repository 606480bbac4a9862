//! The names of the envelope as they stand on the wire: actions, fields, events.

/// The server tells the client its `{socketId, userId}`, right after connecting (mobile-sdk).
pub const SAVE_ID: &str = "saveId";
/// The client asks for its id. mobile-sdk accepts it and does not answer: it pushes ids.
pub const REQUEST_ID: &str = "requestId";
/// The client sends to `meta.target` (mobile-sdk).
pub const SEND_TO_OTHERS: &str = "sendToOthers";
/// The client has reconnected and sends its first `meta.userId` (mobile-sdk).
pub const RE_CONNECT_AND_UPDATES: &str = "reconnectAndUpdates";
/// The server has bound the new socket to the user id (mobile-sdk).
pub const RE_CONNECT_UPDATED: &str = "reconnectUpdated";
/// The server refuses the client and closes (egg-socket.io p2p example).
pub const DENY: &str = "deny";
/// A message from one peer to another (egg-socket.io p2p example, mobile-sdk).
pub const EXCHANGE: &str = "exchange";
/// A message for all clients (`parseBroadcastMsg`).
pub const BROADCAST: &str = "broadcast";
/// The name of a local event in mobile-sdk's client, not seen on the wire.
pub const CONNECT: &str = "connect";
/// The name of a local event in mobile-sdk's client, not seen on the wire.
pub const DISCONNECT: &str = "disconnect";

/// The field of an envelope that holds the action and the payload.
pub const DATA: &str = "data";
/// The field of an envelope that holds the metadata of the message.
pub const META: &str = "meta";
/// The field of `data` that names the action.
pub const ACTION: &str = "action";
/// The field of `data` that holds the application's JSON.
pub const PAYLOAD: &str = "payload";
/// The field of `meta` with the time of sending, in milliseconds since 1970.
pub const TIMESTAMP: &str = "timestamp";
/// The field of `meta` that names the application a signature is for (mobile-sdk).
pub const APP: &str = "app";
/// The field of `meta` that holds the signature (mobile-sdk).
pub const SIGN: &str = "sign";
/// The field of `meta` with the socket id of the sender.
pub const CLIENT: &str = "client";
/// The field of `meta` with the socket id of the receiver.
pub const TARGET: &str = "target";
/// The field of `meta` with the user id that outlives a reconnect (mobile-sdk).
pub const USER_ID: &str = "userId";

/// The JSON text of the default payload: the helper's default argument.
pub const EMPTY_PAYLOAD: &str = "{}";

/// The event by which a client sends an envelope to mobile-sdk.
pub const REQUEST_MESSAGE: &str = "requestMessage";
/// The event by which mobile-sdk sends an envelope to a client.
pub const RESPONSE_MESSAGE: &str = "responseMessage";
/// The event that carries a presence list, not an envelope (egg-socket.io p2p example).
pub const ONLINE: &str = "online";
