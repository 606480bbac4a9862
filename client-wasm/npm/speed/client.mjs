// A client alone, as a bundle.

export { io } from "IO";
