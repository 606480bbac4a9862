/** One run of the simulation, lived through by another machine. */
import type { Core } from "./cores.js";
export declare class Replay {
    private readonly core;
    private readonly lines;
    private at;
    private hash;
    private readonly machine;
    private readonly host;
    /** The answers that the server awaits, in the order of its questions. */
    private readonly questions;
    constructor(core: Core, lines: string[]);
    /** To the end. */
    run(): void;
    private line;
    private next;
    /** Takes the next line, which must be this one. */
    private expect;
    private count;
    /** Does what the next line says, and sees what the machine gives back. */
    private act;
    private input;
    /** Takes what the machine says; what was done while it spoke is done. */
    private hear;
}
