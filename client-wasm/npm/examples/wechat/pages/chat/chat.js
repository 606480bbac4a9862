import { connect, join, leave, room, say } from "../../services/room";
import { statusOf } from "../../utils/status";

const PROFILE = "profile";

Page({
  data: {
    ...room.state,
    ...statusOf(room.state),
    draft: "",
    canSend: false,
    /** The id of the member that the next message is for; empty for all. */
    to: "",
    keyboard: 0,
    lastMessage: "",
    profile: { name: "", roomName: "" },
  },

  onLoad() {
    this.setData({ profile: wx.getStorageSync(PROFILE) || { name: "", roomName: "大厅" } });
    this.unsubscribe = room.subscribe((patch) => this.show(patch));
  },

  onUnload() {
    this.unsubscribe();
    leave();
  },

  onShareAppMessage() {
    return { title: "来聊天室坐坐", path: "/pages/chat/chat" };
  },

  // ---- what the room tells ----

  show(patch) {
    const { messages, members } = room.state;
    const last = messages[messages.length - 1];
    const isHere = members.some(({ id }) => id === this.data.to);
    this.setData({ ...patch, ...statusOf(room.state), lastMessage: last ? last.id : "", to: isHere ? this.data.to : "" });
    this.showCanSend();
  },

  showCanSend() {
    const canSend = room.state.phase === "online" && this.data.draft.trim() !== "";
    if (canSend !== this.data.canSend) this.setData({ canSend });
  },

  // ---- what the user does ----

  onName({ detail }) {
    this.setData({ "profile.name": detail.value });
  },

  onRoom({ detail }) {
    this.setData({ "profile.roomName": detail.value });
  },

  onJoin() {
    const name = this.data.profile.name.trim();
    const roomName = this.data.profile.roomName.trim();
    if (!name || !roomName) return wx.showToast({ title: "请填写昵称和房间", icon: "none" });
    wx.setStorageSync(PROFILE, { name, roomName });
    join(name, roomName);
  },

  onLeave() {
    leave();
  },

  onComeBack() {
    connect();
  },

  onRecipient({ currentTarget }) {
    this.setData({ to: currentTarget.dataset.id });
  },

  onDraft({ detail }) {
    this.setData({ draft: detail.value });
    this.showCanSend();
  },

  onSend() {
    if (!this.data.canSend) return;
    say(this.data.draft.trim(), this.data.to);
    this.setData({ draft: "", canSend: false });
  },

  onKeyboard({ detail }) {
    this.setData({ keyboard: detail.height });
  },
});
