// The domains that a mini-program may reach, as the vendor's console lists them.
// Source: https://developers.weixin.qq.com/miniprogram/dev/framework/ability/network.html

const LOCAL_NETWORK = /^(10|192\.168|172\.(1[6-9]|2\d|3[01]))\.[\d.]+$/;

/** Returns whether a URL is allowed: an address of the local network, or encrypted and listed, with the same port or both without one. */
export function isListed(url, list) {
  if (!list) return true;
  const [, origin, scheme, name] = /^((\w+):\/\/([^/?#:]+)(?::\d+)?)(?=[/?#]|$)/.exec(url) ?? [];
  return LOCAL_NETWORK.test(name) || (/^(wss|https)$/.test(scheme) && list.includes(origin));
}
