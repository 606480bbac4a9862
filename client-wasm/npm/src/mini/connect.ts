/** Opens a socket task, whichever way the host gives one: at once, by a promise, or by global events. */

import type { Binding } from "./bindings.js";
import { GlobalTask } from "./global-task.js";
import type { ConnectOptions, HostApi, SocketTask } from "./host-api.js";

/** Hosts whose `connectSocket` has returned no task. */
const withGlobalEvents: HostApi[] = [];

const isTask = (value: any): value is SocketTask => !!value && typeof value.send === "function" && typeof value.onMessage === "function";

export const isPromise = (value: any): value is PromiseLike<unknown> => !!value && typeof value.then === "function";

/** Returns a task or a promise of one. Throws if the host throws or has no sockets. */
export function connect({ api }: Binding, options: ConnectOptions): SocketTask | PromiseLike<unknown> {
  if (typeof api.connectSocket !== "function") throw new Error("the host has no `connectSocket`");
  if (withGlobalEvents.indexOf(api) >= 0) return new GlobalTask(api, options, false);
  let task: GlobalTask | undefined;
  let failure: [error: unknown] | undefined;
  const fail = (error: unknown) => {
    failure = [error];
    if (task) task._failed(error);
    else options.fail(error);
  };
  const result = api.connectSocket(Object.assign({}, options, { fail }));
  if (isTask(result) || isPromise(result)) return result;
  if (failure) throw failure[0];
  if (typeof api.onSocketMessage !== "function") throw new Error("`connectSocket` of the host returned no socket");
  withGlobalEvents.push(api);
  return (task = new GlobalTask(api, options, true));
}

/** Returns the task that a promise has brought. Throws if it is none. */
export function checkTask(value: unknown): SocketTask {
  if (!isTask(value)) throw new Error("`connectSocket` of the host returned no socket");
  return value;
}
