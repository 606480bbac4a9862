/** Converts the options of the application to options of the machine. */

import { Engine } from "./engine.js";
import type { MachineOptions } from "./machine/contract.js";
import type { ManagerOptions } from "./options.js";
import { selectTransports } from "./transport-selection.js";

/** Returns the machine's options; most have the application's names. Takes those that are `undefined` out of `opts`: they have their defaults. */
export function machineOptions(opts: Partial<ManagerOptions>, seed: number): MachineOptions {
  for (const name in opts) if (opts[name as keyof ManagerOptions] === undefined) delete opts[name as keyof ManagerOptions];
  const transports = selectTransports(opts)[0] as MachineOptions["transports"];
  // The machine remembers its own connections, and not those of another manager.
  if (opts.rememberUpgrade && Engine.priorWebsocketSuccess) transports.sort((a, b) => +(b === "websocket") - +(a === "websocket"));
  return Object.assign(
    { connectTimeout: Infinity, offlinePackets: 1e5, offlineBytes: 1 << 26, maxAcks: 1e5, maxAttachments: 1e3, retryWindow: 1, authOnEio3: true },
    opts,
    {
      transports,
      openTimeout: (opts.timeout as unknown) === false ? Infinity : opts.timeout,
      seed,
    },
  );
}
