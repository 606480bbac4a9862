/** The events that sockets of socket.io-client 2.x emit, and that they emit locally if the application does. */
export const OLD_EVENTS = /^(connect(ing|_timeout)|reconnect(ing|_attempt|_error|_failed)?|error|ping|pong)$/;
