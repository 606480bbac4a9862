/** What the machine and JavaScript tell each other, in both forms of the core. */
export {};
