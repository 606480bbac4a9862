/** Manager, Socket and engine over the machine, in a world of its own: links, time, hints. */
export {};
