// The page of the table: runs the conversation over its own origin, where the site forwards it to the server.

import * as tidewire from "tidewire";

import { converse } from "./app/conversation.js";

const { begin, cut } = globalThis;
globalThis.converse = (cell) => converse(tidewire, { ...cell, url: location.origin, begin, cut });
