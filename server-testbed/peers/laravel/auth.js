// The part of a Laravel application that laravel-echo-server asks: whether a client may join a channel.
'use strict';

const http = require('http');

// The user of `Authorization: Bearer user-<id>`.
const USER = /^Bearer user-(\w+)$/;

// Answers POST /broadcasting/auth: 200 for a user, with its data if the channel is a presence channel, else 403. No client may join a
// channel with `forbidden` in its name, and requests for one with `unreachable` get no response.
function auth() {
  return http.createServer(async (request, response) => {
    const channel = new URLSearchParams(await text(request)).get('channel_name') ?? '';
    if (channel.includes('unreachable')) {
      request.socket.destroy();
      return;
    }
    const id = USER.exec(request.headers.authorization ?? '')?.[1];
    const isLaravels = request.url === '/broadcasting/auth' && request.headers['x-requested-with'] === 'XMLHttpRequest';
    const isAllowed = id && isLaravels && !channel.includes('forbidden');
    response.writeHead(isAllowed ? 200 : 403, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(isAllowed ? member(channel, id) : { message: 'Forbidden' }));
  });
}

// Laravel's answer for a private channel is `true`.
function member(channel, id) {
  if (!channel.startsWith('presence-')) return true;
  return { channel_data: { user_id: Number(id) || id, user_info: { name: `user ${id}` } } };
}

async function text(request) {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += chunk;
  return body;
}

module.exports = { auth };

// As a program of its own, for a server that is no peer.
if (require.main === module) require('../program').listen(auth());
