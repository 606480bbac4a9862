/** The names of actions and events on the wire. */

/** The server tells the client its `{ socketId, userId }`, right after connecting (mobile-sdk). */
export const SAVE_ID = "saveId";
/** The client asks for its id. mobile-sdk accepts this action and never replies, because it pushes ids. */
export const REQUEST_ID = "requestId";
/** The client sends to `meta.target` (mobile-sdk). */
export const SEND_TO_OTHERS = "sendToOthers";
/** The client has reconnected and sends its first `meta.userId` (mobile-sdk). */
export const RE_CONNECT_AND_UPDATES = "reconnectAndUpdates";
/** The server has bound the new socket to the user id (mobile-sdk). */
export const RE_CONNECT_UPDATED = "reconnectUpdated";
/** The server rejects the client and disconnects it (egg-socket.io's peer-to-peer example). */
export const DENY = "deny";
/** A message from one peer to another (egg-socket.io's peer-to-peer example, mobile-sdk). */
export const EXCHANGE = "exchange";
/** A message to all clients (`parseBroadcastMsg`). */
export const BROADCAST = "broadcast";
/** mobile-sdk's name for a local event of the client; never on the wire. */
export const CONNECT = "connect";
/** mobile-sdk's name for a local event of the client; never on the wire. */
export const DISCONNECT = "disconnect";

/** The event with which a client sends an envelope to mobile-sdk. */
export const REQUEST_MESSAGE = "requestMessage";
/** The event with which mobile-sdk sends an envelope to a client. */
export const RESPONSE_MESSAGE = "responseMessage";
/** The event that carries a presence list, not an envelope (egg-socket.io's peer-to-peer example). */
export const ONLINE = "online";

const KNOWN = [
  SAVE_ID,
  REQUEST_ID,
  SEND_TO_OTHERS,
  RE_CONNECT_AND_UPDATES,
  RE_CONNECT_UPDATED,
  DENY,
  EXCHANGE,
  BROADCAST,
  CONNECT,
  DISCONNECT,
] as const;

/** One of the ten actions of egg-socket.io's example and of mobile-sdk. */
export type KnownAction = (typeof KNOWN)[number];

/** The action of a message: one of the ten, or any other string. */
export type Action = KnownAction | (string & {});

/** Returns whether a string is one of the ten actions; case matters. */
export const isKnownAction = (action: string): action is KnownAction => KNOWN.indexOf(action as KnownAction) >= 0;
