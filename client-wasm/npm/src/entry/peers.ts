/** `./peers`: messages from one client to another, and presence, over a socket of this package or of socket.io-client. */

export { type Change, Members } from "../peers/members.js";
export { type PeerEvents, type PeerMessage, type PeerSocket, Peers, type PeersOptions, type SignRequest } from "../peers/peers.js";
export { type Ids, Registration, type Saved } from "../peers/registration.js";
