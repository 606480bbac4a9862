/** The names of the envelope as they stand on the wire: actions and events. */

/** The server tells the client its `{ socketId, userId }`, right after connecting (mobile-sdk). */
export const SAVE_ID = "saveId";
/** The client asks for its id; mobile-sdk takes it and never answers, ids are pushed. */
export const REQUEST_ID = "requestId";
/** The client sends to `meta.target` (mobile-sdk). */
export const SEND_TO_OTHERS = "sendToOthers";
/** The client is back and brings its first `meta.userId` (mobile-sdk). */
export const RE_CONNECT_AND_UPDATES = "reconnectAndUpdates";
/** The server has bound the new socket to the user id (mobile-sdk). */
export const RE_CONNECT_UPDATED = "reconnectUpdated";
/** The server refuses the client and closes (egg-socket.io's peer-to-peer example). */
export const DENY = "deny";
/** A message from one peer to another (egg-socket.io's peer-to-peer example, mobile-sdk). */
export const EXCHANGE = "exchange";
/** A message for everybody (`parseBroadcastMsg`). */
export const BROADCAST = "broadcast";
/** mobile-sdk's name of the client's own event, not seen on the wire. */
export const CONNECT = "connect";
/** mobile-sdk's name of the client's own event, not seen on the wire. */
export const DISCONNECT = "disconnect";

/** The event by which a client sends an envelope to mobile-sdk. */
export const REQUEST_MESSAGE = "requestMessage";
/** The event by which mobile-sdk sends an envelope to a client. */
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

/** One of the ten actions that egg-socket.io's example and mobile-sdk know. */
export type KnownAction = (typeof KNOWN)[number];

/** What a message asks for: one of the ten, or any other text, which is no error. */
export type Action = KnownAction | (string & {});

/** Whether it is one of the ten, letter by letter. */
export const isKnownAction = (action: string): action is KnownAction => KNOWN.indexOf(action as KnownAction) >= 0;
