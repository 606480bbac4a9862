// The client for WeChat of egg's guide to Socket.IO, compiled to CommonJS as the tools do; only the import is another.
const io = require('tidewire');

const socket = io('ws://127.0.0.1:7001');

socket.on('connect', function () {
  socket.emit('chat', 'hello world!');
});

socket.on('res', (msg) => {
  console.log('res from server: %s!', msg);
});
