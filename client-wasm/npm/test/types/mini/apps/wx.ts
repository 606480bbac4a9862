/** The host `wx` with the vendor's typings is one that `setHost` takes. */

import { setHost } from "tidewire";

setHost(wx);
export const task = wx.connectSocket;
