/** The authorization of a socket for its namespace: its `auth`, or the query that a 2.x server reads in its place. */

import { encode } from "./url.js";

/** Calls `answer` with the auth: an object, or what a function gives to its callback or by its promise. */
export function readAuth(auth: unknown, answer: (data: unknown) => void): void {
  if (typeof auth === "function") {
    const promise = auth(answer);
    if (promise && promise.then) void promise.then((data: unknown) => data && answer(data));
  } else answer(auth);
}

/** Returns the query of a namespace: that of its socket, and the auth if it goes with it. */
export const queryOf = (query: unknown, auth: unknown): string => [query, flat(auth)].map(asQuery).filter(Boolean).join("&");

/** Returns the members of an object as a query has them: objects as JSON. */
const flat = (auth: unknown): object | undefined =>
  auth ? JSON.parse(JSON.stringify(auth, (key, value) => (key && value && typeof value === "object" ? JSON.stringify(value) : value))) : undefined;

const asQuery = (query: any): string => (typeof query === "string" ? query : encode(query));
