// A custom parser, as a bundle: in Node its decoder takes buffers of Node alone.

export { default } from "socket.io-msgpack-parser";
