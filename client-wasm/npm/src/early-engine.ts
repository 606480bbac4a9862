/** The engine of a connection whose code is still loading: its first link is open before the machine asks for it. */

import { EarlyLink } from "./early-link.js";
import { Engine, type EngineHost, type Transport } from "./engine.js";
import type { EngineVersion, Target, TransportName } from "./machine/contract.js";
import type { TransportEvents, TransportHandle } from "./transport.js";

export class EarlyEngine extends Engine {
  /** The first link, until the machine asks for it. */
  private _early: EarlyLink | undefined;

  /** Starts the link that the machine will ask for first. If the platform refuses it, that attempt tells the error. */
  _begin(transport: TransportName, version: EngineVersion | undefined): void {
    const query = `EIO=${version === "eio3" ? 3 : 4}&transport=${transport}`;
    const early = new EarlyLink(query);
    this.transport = this._createTransport(transport);
    try {
      early._handle = this._start({ transport, query, bodyVersion: version, sid: undefined }, early);
      this._early = early;
    } catch {
      // The machine asks for the same link.
    }
  }

  /** Takes the connection as its owner. */
  _adopt(host: EngineHost): this {
    this._host = host;
    return this;
  }

  override _start(target: Target, on: TransportEvents, body?: string): TransportHandle {
    const early = this._early;
    this._early = undefined;
    if (early) {
      if (early._query === target.query) return early._adopt(on);
      // The options have changed since.
      (early._handle as TransportHandle).close();
    }
    return super._start(target, on, body);
  }

  override _createTransport(name: string): Transport {
    return this._early && this.transport.name === name ? this.transport : super._createTransport(name);
  }
}
