// Written by `cargo xtask npm` of client-wasm/src/layout.rs, which says what everything means. Not to be edited.

export const enum Op {
  Version,
  Numbers,
  Bytes,
  Text,
  Room,
  Set,
  Create,
  Free,
  Namespace,
  Connect,
  Authorize,
  Emit,
  Reply,
  Cancel,
  Clear,
  Disconnect,
  Close,
  Opened,
  Packet,
  Answer,
  Lost,
  Hint,
  Timeout,
  Poll,
  Connected,
  Offline,
  Generation,
  Transport,
  Backlog,
  Recovers,
  Open,
  Configure,
  Reject,
}

export const CALLS =
  "open nt|send nf|get nt|post ntF|drop n|opened |upgraded |upgradeFailed |openFailed w|closed w|malformed w|reconnecting nn|reconnectFailed |authWanted n|connected nsb|refused nwp|disconnected nw|serverError np|message nplr|emitDropped np|acked nnpl|ackLost nnw".split("|");

export const WORDS =
  "polling|websocket|io server disconnect|io client disconnect|ping timeout|transport close|transport error|parse error|forced close|transport|timeout|handshake|server|wrong generation|disconnected|dropped|buffer full|too many acks|too many attachments|stale reply|unknown packet type|illegal attachments|invalid payload|the packet's header is too long|got plaintext data when reconstructing a packet|got binary data when not reconstructing a packet|the packet is larger than its limit|too many events before CONNECT|online|offline|foreground|background|writable|congested|refuse|drop oldest|drop newest|failed|closed".split("|");

export const SETTINGS =
  "generation|transports|upgrade|rememberUpgrade|tryAllTransports|reconnectionAttempts|reconnectionDelay|reconnectionDelayMax|randomizationFactor|stableAfter|openTimeout|connectTimeout|detection|pingEvery|pingGrace|offlinePackets|offlineBytes|offlinePolicy|retryWindow|earlyEvents|maxAcks|maxAttachments|maxPacketBytes|seed|reconnection".split("|");
