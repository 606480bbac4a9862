/** Events of the host that become hints of the machine: the application's background, and changes of the network. */

import { notifyWatchers } from "../platform.js";
import type { HostApi, HostClose, NetworkStatus } from "./host-api.js";
import { closeReported, socketsHidden } from "./host-socket.js";

/** A close that does not name its task counts in the background, and within this many milliseconds after it. */
const AFTER_SHOW = 10_000;

const watched: HostApi[] = [];

/** Adds a listener, if the host has that event. One that throws has not, such as in a plugin; the import must not fail for it. */
function listen<T>(api: HostApi, name: "onAppShow" | "onAppHide" | "onNetworkStatusChange" | "onSocketClose", listener: (event: T) => void): void {
  try {
    if (typeof api[name] === "function") (api[name] as (run: (event: T) => void) => unknown).call(api, listener);
  } catch {
    // The heartbeat sees what the event would have told.
  }
}

/** Listens to a host, once: few hosts can remove a listener. */
export function watch(api: HostApi): void {
  if (watched.indexOf(api) >= 0) return;
  watched.push(api);
  let isHidden = false;
  let shownAt = -Infinity;
  let isConnected = true;
  let network: string | undefined;
  listen(api, "onAppHide", () => {
    isHidden = true;
    socketsHidden();
    notifyWatchers("background");
  });
  listen(api, "onAppShow", () => {
    isHidden = false;
    shownAt = Date.now();
    notifyWatchers("foreground");
  });
  listen(api, "onNetworkStatusChange", (status: NetworkStatus | undefined) => {
    const { isConnected: isUp, networkType } = status || {};
    const wasConnected = isConnected;
    // The first event is a change, too: from the network at the start.
    const hasMoved = network !== networkType;
    isConnected = isUp !== false && networkType !== "none";
    if (isConnected) network = networkType;
    if (!isConnected) notifyWatchers("offline");
    // The connections of the network before are dead, whether or not the host noticed that it was away.
    else if (wasConnected && hasMoved) notifyWatchers("offline", "online");
    else notifyWatchers("online");
  });
  if (typeof api.sendSocketMessage === "function") {
    listen(api, "onSocketClose", (end: HostClose | undefined) => {
      if (isHidden || Date.now() - shownAt < AFTER_SHOW) closeReported(end || {});
    });
  }
}
