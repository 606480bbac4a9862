/** The engine of a connection whose code or core is still loading: its first link is open before the machine asks for it. */

import type { ManagerLike } from "./connection-types.js";
import { EarlyLink } from "./early-link.js";
import { Engine, type EngineHost, type Transport } from "./engine.js";
import type { EngineVersion, MachineOptions, Target, TransportName } from "./machine/contract.js";
import type { TransportEvents, TransportHandle } from "./transport.js";
import { selectTransports } from "./transport-selection.js";

/** Creates an engine and opens its first link, from the options alone. Returns `undefined` if they name no transport. */
export function startEarly({ opts, uri }: ManagerLike, host: EngineHost): EarlyEngine | undefined {
  const [transport] = selectTransports(opts)[0] as MachineOptions["transports"];
  if (!transport) return undefined;
  const engine = new EarlyEngine(uri, opts, host);
  engine._begin(transport, opts.engineVersion);
  return engine;
}

export class EarlyEngine extends Engine {
  /** The first link, until the machine asks for it. */
  private _early: EarlyLink | undefined;

  /** Starts the link that the machine will ask for first. If the platform refuses it, that attempt tells the error. */
  _begin(transport: TransportName, version: EngineVersion | undefined): void {
    const query = `EIO=${version === "eio3" ? 3 : 4}&transport=${transport}`;
    const early = new EarlyLink(query);
    const target: Target = { transport, query, bodyVersion: version, sid: undefined };
    this.transport = this._createTransport(target);
    try {
      early._handle = this._start(target, early);
      this._early = early;
    } catch {
      // The machine asks for the same link.
    }
  }

  /** Closes the first link, for which no machine asks any more. */
  _cancel(): void {
    if (this._early) (this._early._handle as TransportHandle).close();
    this._early = undefined;
  }

  override _onClose(reason: string, description: unknown): void {
    this._cancel();
    super._onClose(reason, description);
  }

  /** Takes the connection as its owner. */
  _adopt(host: EngineHost): this {
    this._host = host;
    return this;
  }

  override _start(target: Target, on: TransportEvents, body?: string): TransportHandle {
    const early = this._early;
    if (early && early._query === target.query) {
      this._early = undefined;
      return early._adopt(on);
    }
    // The options may have changed since.
    this._cancel();
    return super._start(target, on, body);
  }

  override _createTransport(target: Target): Transport {
    return this._early && this.transport.name === target.transport ? this.transport : super._createTransport(target);
  }
}
