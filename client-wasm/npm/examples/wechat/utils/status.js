const STATUS = {
  idle: ["未进入房间", "quiet"],
  connecting: ["正在连接…", "busy"],
  online: ["已连接", "good"],
  reconnecting: ["正在重连…", "busy"],
  stopped: ["已断开", "quiet"],
  ended: ["已被服务器断开", "bad"],
};

/** Returns the words for the state of the connection, and the tone of their colour. */
export function statusOf({ phase, attempt, isOffline }) {
  const isWaiting = phase === "connecting" || phase === "reconnecting";
  if (isOffline && isWaiting) return { status: "网络不可用，恢复后自动重连", tone: "bad" };
  const [text, tone] = STATUS[phase];
  return { status: phase === "reconnecting" && attempt > 1 ? `正在重连…（第 ${attempt} 次）` : text, tone };
}
