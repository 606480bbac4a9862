/** The package as Node loads it, with the official servers of both generations, over each transport. */
export {};
