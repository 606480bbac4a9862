/** What the reference has not: signals, a bounded buffer, more than one at a time of what is sent until answered. */
export {};
