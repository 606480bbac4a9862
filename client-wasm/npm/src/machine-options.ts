/** Converts the options of the application to options of the machine. */

import type { MachineOptions } from "./machine/contract.js";
import type { ManagerOptions } from "./options.js";
import { selectTransports } from "./transport.js";

/** Returns the machine's options; most have the application's names. */
export const machineOptions = (opts: Partial<ManagerOptions>, seed: number): MachineOptions =>
  Object.assign({ connectTimeout: Infinity, offlinePackets: 1e5, offlineBytes: 1 << 26, retryWindow: 1, authOnEio3: true }, opts, {
    transports: selectTransports(opts)[0] as MachineOptions["transports"],
    openTimeout: (opts.timeout as unknown) === false ? Infinity : opts.timeout,
    seed,
  });
