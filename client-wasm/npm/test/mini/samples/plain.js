// The browser's side of the usual guide to plain WebSockets; only the first line is added.
var WebSocket = require('tidewire').WebSocket;

const socket = new WebSocket('ws://localhost:8080');

socket.addEventListener('open', (event) => {
  socket.send('Hello Server!');
});

socket.addEventListener('message', (event) => {
  console.log('Message from server ', event.data);
});
