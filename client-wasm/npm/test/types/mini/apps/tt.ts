/** The host `tt` with the vendor's typings is one that `setHost` takes. */

import { setHost } from "tidewire";

setHost(tt);
export const task = tt.connectSocket;
