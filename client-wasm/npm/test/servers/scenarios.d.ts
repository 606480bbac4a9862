/** What a client does with any of the official servers, over any transport. */
import type { Socket } from "../../src/socket.js";
/** Makes sockets of one server and transport; they are closed after the scenario. */
export interface Place {
    generation: 3 | 4;
    socket(namespace: string, opts?: Record<string, unknown>): Socket;
}
/** An event's arguments, once. */
export declare const next: (socket: {
    once(event: any, listener: any): unknown;
}, event: string) => Promise<any[]>;
/** Values come back as they went, alone and in answers. */
export declare function echoesValues(place: Place): Promise<void>;
/** Binary comes back wherever it stands. */
export declare function echoesBinary(place: Place): Promise<void>;
/** The server asks, the client answers. */
export declare function answersQuestions(place: Place): Promise<void>;
/** Many events come in order. */
export declare function hearsAFlood(place: Place): Promise<void>;
/** What is emitted before the connection is there goes in order when it is. */
export declare function sendsWhatWaited(place: Place): Promise<void>;
/** Two namespaces share a connection; each has its id. */
export declare function sharesAConnection(place: Place): Promise<void>;
/** A room's word reaches its members. */
export declare function speaksInRooms(place: Place): Promise<void>;
/** A refused namespace says why, and is not tried again. */
export declare function isRefused(place: Place): Promise<void>;
/** The token opens. */
export declare function isLetIn(place: Place): Promise<void>;
/** Kicked from a namespace, a client comes back only by hand. */
export declare function isKicked(place: Place): Promise<void>;
/** A lost connection comes back, with what was emitted meanwhile. */
export declare function comesBack(place: Place): Promise<void>;
/** Answers that do not come are errors, in time and at the end. */
export declare function missesAnswers(place: Place): Promise<void>;
/** The engine's generation is found out. */
export declare function findsTheGenerationOut(place: Place): Promise<void>;
