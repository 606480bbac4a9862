/** How the options select transports: by name those that the platform has, or by class. */

import type { TransportName } from "./machine/contract.js";
import type { EngineOptions, Implementation } from "./options.js";
import { platform } from "./platform.js";
import type { TransportConstructor } from "./transport.js";

/** The default of the option `transports`: those for which the platform has the means. */
export const defaultTransports = ["polling", "websocket"];

/** Returns the names of the selected transports, without unknown ones, and the classes that were given in place of names. */
export function selectTransports({
  transports,
  transportImplementations: given,
}: EngineOptions): [names: string[], classes: Record<string, TransportConstructor>] {
  if (given && transports) {
    throw new Error("specifying both 'transportImplementations' and 'transports' options is not supported");
  }
  const classes: Record<string, TransportConstructor> = Object.create(null);
  const names = ((given || transports || defaultTransports) as (string | Implementation)[]).map((wanted) => {
    if (typeof wanted === "string") return wanted;
    const { name } = wanted.prototype;
    classes[name] = wanted as TransportConstructor;
    return name;
  });
  return [
    names.filter((name) => /^(polling|web(socket|transport))$/.test(name) && (classes[name] || platform.transports[name as TransportName])),
    classes,
  ];
}
