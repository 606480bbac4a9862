import { diagnostics, measure, report } from "../../services/diagnostics";
import { connect, disconnect, room } from "../../services/room";
import { statusOf } from "../../utils/status";

Page({
  data: { ...diagnostics.state, ...statusOf(room.state), isConnectable: false },

  onLoad() {
    const endDiagnostics = diagnostics.subscribe((patch) => this.setData(patch));
    const endRoom = room.subscribe(() => this.showStatus());
    this.unsubscribe = () => {
      endDiagnostics();
      endRoom();
    };
  },

  onShow() {
    measure();
  },

  onUnload() {
    this.unsubscribe();
  },

  showStatus() {
    const { phase } = room.state;
    const next = { ...statusOf(room.state), isConnectable: phase === "stopped" || phase === "ended" };
    // The room tells each message, too.
    if (Object.keys(next).some((key) => next[key] !== this.data[key])) this.setData(next);
  },

  onMeasure() {
    measure();
  },

  onToggle() {
    if (this.data.isConnectable) connect();
    else disconnect();
  },

  onCopy() {
    wx.setClipboardData({ data: report() });
  },
});
