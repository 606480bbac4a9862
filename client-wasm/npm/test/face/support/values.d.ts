/** The vectors of the core, and JavaScript values of their tags (PROTOCOL, "The vectors"). */
export interface Case {
    id: string;
    layer: "sio" | "eio";
    protocol: 3 | 4 | 5;
    op: string;
    name: string;
    [field: string]: any;
}
export declare const cases: Case[];
/** The value that a tagged one stands for. */
export declare function value(tagged: any): any;
/** A frame or a body: text, or bytes. */
export declare const content: (frame: any) => string | Uint8Array;
/** Bytes of any kind as what can be compared. */
export declare function plain(given: any): any;
