/** The host `uni` with the vendor's typings is one that `setHost` takes. */

import { setHost } from "tidewire";

setHost(uni);
export const task = uni.connectSocket;
