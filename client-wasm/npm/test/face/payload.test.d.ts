/** The JSON of events, held to the vectors of socket.io-parser. */
export {};
