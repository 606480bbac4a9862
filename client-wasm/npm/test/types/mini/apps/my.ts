/** The host `my` with the vendor's typings is one that `setHost` takes. */

import { setHost } from "tidewire";

setHost(my);
export const task = my.connectSocket;
