// A socket.io 4 server that echoes, and does nothing for STALL ms of each PERIOD ms. Prints when, by the wall clock.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const { Server } = createRequire(process.argv[2])('socket.io-4');
const [period, stall] = [Number(process.env.PERIOD), Number(process.env.STALL)];

const http = createServer();
new Server(http).on('connection', (socket) => {
  socket.on('echo', (...args) => args.pop()(...args));
});

const nothing = new Int32Array(new SharedArrayBuffer(4));
setInterval(() => {
  const from = Date.now();
  Atomics.wait(nothing, 0, 0, stall);
  console.log(`stalled ${from} ${Date.now()}`);
}, period);

http.listen(0, '127.0.0.1', () => console.log(`listening on ${http.address().port}`));
process.on('SIGTERM', () => process.exit(0));
