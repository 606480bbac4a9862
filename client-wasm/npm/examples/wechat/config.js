// The server and its namespace. A released application needs wss and a domain that is listed in the console of WeChat.
export const SERVER = "ws://127.0.0.1:3000/ptop";
