/** A machine with a connection to a 4.x server that grants what is asked for. */
import type { Machine, MachineOptions, Nsp } from "../../src/machine/contract.js";
import type { Core } from "./cores.js";
import { type Call } from "./host.js";
export declare const HANDSHAKE = "0{\"sid\":\"e\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":1000000}";
export interface Session {
    machine: Machine;
    nsp: Nsp;
    /** Polls, and gives what was called. */
    calls(): Call[];
    /** A packet from the server, and what it led to. */
    hear(data: string | ArrayBuffer | Uint8Array): Call[];
}
/** Over link 1, at time 0, with `name` connected. */
export declare function connected(core: Core, name?: string, options?: Partial<MachineOptions>): Session;
