/** The status of a connection, for the status line. */

import type { EnginePacket } from "../packets/recorder.js";

export type Phase = "connecting" | "connected" | "waiting" | "reconnecting" | "failed" | "closed";

/** Parts of the strip that shows the past. */
const MAX_PARTS = 60;

export class Status {
  phase: Phase = "connecting";
  hasOpened = false;
  version: "eio3" | "eio4" | undefined;
  transport = "";
  /** The transport that is being tried. */
  upgrading: string | undefined;
  sid = "";
  /** Milliseconds. */
  pingInterval: number | undefined;
  pingTimeout: number | undefined;
  /** When the last ping or pong was received, in milliseconds since 1970. */
  heartbeat: number | undefined;
  roundTrip: { milliseconds: number; by: "ping" | "connect" | "ack" } | undefined;
  attempts = 0;
  reconnects = 0;
  received = 0;
  sent = 0;
  /** The phases so far, each with its begin. */
  readonly past: { phase: Phase; since: number }[] = [{ phase: "connecting", since: Date.now() }];

  set(phase: Phase): void {
    if (phase === this.phase) return;
    this.phase = phase;
    this.past.push({ phase, since: Date.now() });
    if (this.past.length > MAX_PARTS) this.past.shift();
  }

  opened(version: "eio3" | "eio4" | undefined, transport: string): void {
    this.hasOpened = true;
    this.version = version;
    this.transport = transport;
    this.attempts = 0;
    this.set("connected");
  }

  upgraded(transport: string): void {
    this.transport = transport;
    this.upgrading = undefined;
  }

  lost(willReconnect: boolean): void {
    this.sid = "";
    this.upgrading = this.heartbeat = undefined;
    this.set(willReconnect ? "waiting" : "closed");
  }

  attempt(attempt: number): void {
    this.attempts = attempt;
    this.set("reconnecting");
  }

  measured(milliseconds: number, by: "ping" | "connect" | "ack"): void {
    this.roundTrip = { milliseconds, by };
  }

  /** Reads the handshake and the heartbeat, and counts messages. */
  packet(direction: "in" | "out", { type, data }: EnginePacket): void {
    if (type === "message") this[direction === "in" ? "received" : "sent"]++;
    if (direction === "out") return;
    if (type === "ping" || type === "pong") this.heartbeat = Date.now();
    if (type !== "open") return;
    try {
      const { sid, pingInterval, pingTimeout } = JSON.parse(String(data));
      Object.assign(this, { sid, pingInterval, pingTimeout });
    } catch {
      // The package ends the attempt with an error of its own.
    }
  }
}
