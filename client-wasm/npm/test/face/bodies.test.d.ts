/** Bodies of polling, held to the vectors of both generations. */
export {};
