/** A host that writes down what the machine calls on it. */
import type { Host } from "../../src/machine/contract.js";
export type Call = [name: keyof Host, ...arguments: unknown[]];
export interface Recorder {
    host: Host;
    /** Takes what has been called. */
    take(): Call[];
}
export declare function recorder(): Recorder;
