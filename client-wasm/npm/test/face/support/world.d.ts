/** A world for the face: a clock that stands still until it is moved, and a server that a test plays by itself. */
import type { Carried, Carrier, CarrierEvents, CarrierOptions } from "../../../src/carriers.js";
import { Manager } from "../../../src/manager.js";
import type { ManagerOptions } from "../../../src/options.js";
import { provide } from "../../../src/provide.js";
import type { Socket, SocketOptions } from "../../../src/socket.js";
export declare const GREETING = "0{\"sid\":\"SID\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":1000000}";
/** One socket or one request of the face's. */
export declare class Wire implements Carried {
    readonly kind: "websocket" | "polling";
    readonly uri: string;
    readonly opts: CarrierOptions;
    readonly on: CarrierEvents;
    readonly body: string | undefined;
    sent: unknown[];
    compressed: (boolean | undefined)[];
    closed: boolean;
    constructor(kind: "websocket" | "polling", uri: string, opts: CarrierOptions, on: CarrierEvents, body: string | undefined);
    send(data: unknown, compress?: boolean): void;
    close(): void;
    /** The server says something. */
    hear(...frames: (string | ArrayBuffer | Uint8Array)[]): this;
    /** What was sent since the last call. */
    said(): unknown[];
}
export declare class World {
    time: number;
    wires: Wire[];
    private _timers;
    readonly WebSocket: Carrier;
    readonly Polling: Carrier;
    private _managers;
    private static _last;
    constructor(load?: Parameters<typeof provide>[0]);
    /** The wire that was asked for last. */
    get wire(): Wire;
    /** Lets time pass, timer by timer. */
    pass(span: number): void;
    /** Time passes while nothing runs: the device sleeps. */
    sleep(span: number): void;
    get timers(): number;
    manager(opts?: Partial<ManagerOptions>): Manager;
    socket(opts?: Partial<ManagerOptions & SocketOptions>, name?: string): Socket;
    /** A socket that is connected over a WebSocket. */
    joined(opts?: Partial<ManagerOptions & SocketOptions>): Socket;
    /** The server lets the connection and `/` in. */
    greet(connect?: string): Wire;
    private _carrier;
}
/** What a function throws. */
export declare function thrown(run: () => void): Error | undefined;
