/** `./bridge`: messages of programs without a socket, through mobile-sdk's HTTP route and through Redis. */

export {
  bridgedEvent,
  publication,
  readTransportResponse,
  TRANSPORT_MESSAGE,
  type TransportMessage,
  type TransportOptions,
  TransportRefusal,
  transportBody,
  transportMessage,
} from "../bridge/bridge.js";
