import { setOffline } from "./services/room";

App({
  onLaunch() {
    // Only for the words on the page: the client listens to the network, and to the background, by itself.
    wx.onNetworkStatusChange(({ isConnected }) => setOffline(!isConnected));
  },
});
