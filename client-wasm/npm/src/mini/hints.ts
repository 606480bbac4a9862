/** Events of the host that become hints of the machine: the application's background, and changes of the network. */

import { notifyWatchers } from "../platform.js";
import type { HostApi } from "./host-api.js";
import { closeReported, socketsHidden } from "./host-socket.js";

/** A close that does not name its task counts in the background, and within this many milliseconds after it. */
const AFTER_SHOW = 10_000;

const watched: HostApi[] = [];

/** Listens to a host, once: few hosts can remove a listener. */
export function watch(api: HostApi): void {
  if (watched.indexOf(api) >= 0) return;
  watched.push(api);
  let isHidden = false;
  let shownAt = -Infinity;
  let isConnected = true;
  let network: string | undefined;
  const call = (name: "onAppShow" | "onAppHide", listener: () => void) =>
    typeof api[name] === "function" && (api[name] as (run: () => void) => void)(listener);

  call("onAppHide", () => {
    isHidden = true;
    socketsHidden();
    notifyWatchers("background");
  });
  call("onAppShow", () => {
    isHidden = false;
    shownAt = Date.now();
    notifyWatchers("foreground");
  });
  if (typeof api.onNetworkStatusChange === "function") {
    api.onNetworkStatusChange((status) => {
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
  }
  if (typeof api.onSocketClose === "function" && typeof api.sendSocketMessage === "function") {
    api.onSocketClose((end) => (isHidden || Date.now() - shownAt < AFTER_SHOW) && closeReported(end || {}));
  }
}
