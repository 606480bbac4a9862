/** The types that sockets share with applications. */

import type { DisconnectDescription } from "./connection-types.js";

export type Listener = (...args: any[]) => void;

type PrependTimeoutError<T extends any[]> = {
  [K in keyof T]: T[K] extends (...args: infer Params) => infer Result ? (err: Error, ...args: Params) => Result : T[K];
};

/** Adds an error in front of the arguments of every ack in a map of events, as `timeout()` does. */
export type DecorateAcknowledgements<E> = {
  [K in keyof E]: E[K] extends (...args: infer Params) => infer Result ? (...args: PrependTimeoutError<Params>) => Result : E[K];
};
export type Last<T extends any[]> = T extends [...infer _, infer L] ? L : any;
export type AllButLast<T extends any[]> = T extends [...infer H, infer _] ? H : any[];
export type FirstArg<T> = T extends (arg: infer Param) => infer _ ? Param : any;

/** An object for the server, or a function that gives one: to its callback, or, beyond socket.io-client, by a promise. */
export type Auth = { [key: string]: any } | ((cb: (data: object) => void) => void);

export interface SocketOptions {
  /** Credentials for the middleware of the server, or a function that passes them to its callback at each connection. */
  auth?: Auth;
  /**
   * Beyond socket.io-client: add `auth` to the query of the namespace on a 2.x server, which has no `auth`. `/` has no query of its own there:
   * use `query`, which goes with the URL. @default false
   */
  authInQuery?: boolean;
  /** How often an event is sent again until the server acknowledges it. */
  retries?: number;
  /** Default of `timeout()`: milliseconds until an ack fails. */
  ackTimeout?: number;
}

export interface ExtendedError extends Error {
  data?: any;
  /** A transport's error has the HTTP status, an event or an error. */
  description?: any;
  /** A transport's error has the request, or the error of the platform. */
  context?: any;
  type?: string;
}

/** Why a socket is disconnected: `Socket.DisconnectReason`. */
export type EndReason = "io server disconnect" | "io client disconnect" | "ping timeout" | "transport close" | "transport error" | "parse error";

export interface SocketReservedEvents {
  connect: () => void;
  connect_error: (err: ExtendedError) => void;
  disconnect: (reason: EndReason, description?: DisconnectDescription) => void;
}
