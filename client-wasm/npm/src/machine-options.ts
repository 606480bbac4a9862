/** The options of the machine, made from the application's. */

import type { Generation, MachineOptions } from "./machine/contract.js";
import type { EngineVersion, ManagerOptions } from "./options.js";
import { selectTransports } from "./transport.js";

/** Returns the machine's options; most have the application's names. */
export const machineOptions = (opts: Partial<ManagerOptions>, seed: number): MachineOptions =>
  Object.assign({ connectTimeout: Infinity, offlinePackets: 1e5, offlineBytes: 1 << 26, retryWindow: 1 }, opts, {
    transports: selectTransports(opts)[0] as MachineOptions["transports"],
    openTimeout: (opts.timeout as unknown) === false ? Infinity : opts.timeout,
    // The machine's names for these values.
    generation: opts.engineVersion && (+opts.engineVersion.slice(3) as Generation),
    offlinePolicy: (opts.offlinePolicy || "refuse").replace("-", " ") as MachineOptions["offlinePolicy"],
    seed,
  });

/** Returns the name of an Engine.IO version; 0 is not known yet. */
export const engineVersion = (version: Generation | 0) => (version ? (("eio" + version) as EngineVersion) : undefined);
