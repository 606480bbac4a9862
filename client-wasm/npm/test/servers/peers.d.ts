/** The official servers, as programs (server-testbed/CONTRACT.md). */
export interface Peer {
    url: string;
    /** Of Engine.IO. */
    generation: 3 | 4;
    stop(): void;
}
/** Starts a server on a free port. */
export declare function start(name: "socketio2" | "socketio4" | "egg"): Promise<Peer>;
