// The example of weapp.socket.io's README; only the import is another.
const io = require('tidewire')

const socket = io('http://localhost:8000')

socket.on('connect', function () {
  console.log('connected')
});

socket.on('news', d => {
  console.log('received news: ', d)
})

socket.emit('news', {
  title: 'this is a news'
})
