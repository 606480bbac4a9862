"""The peer on Flask-SocketIO: 4.x (Engine.IO 3, polling only) or 5.x (Engine.IO 4), whichever is installed."""

import socket
import threading

from flask import Flask, request
from flask_socketio import ConnectionRefusedError, SocketIO, disconnect, emit, join_room, leave_room
from werkzeug.serving import make_server

import lab

app = Flask(__name__)
sio = SocketIO(app, async_mode="threading", ping_interval=lab.PING_INTERVAL, ping_timeout=lab.PING_TIMEOUT)
# The auth payload of each socket.
auths = {}


def serve_lab(namespace):
    def on(handler):
        sio.on_event(handler.__name__, handler, namespace=namespace)

    @on
    def connect(auth=None):
        if namespace == "/auth" and not lab.is_authorized(request.environ, auth):
            raise ConnectionRefusedError(*lab.REFUSAL)
        auths[request.sid] = auth

    @on
    def echo(*args):
        # Emits and acks, because the library does not tell whether the client awaits an ack.
        emit("echo", args)
        return args

    @on
    def question(*args):
        sid = request.sid

        def answered(*answer):
            sio.emit("answered", answer, room=sid, namespace=namespace)

        emit("question", args, callback=answered)

    @on
    def join(room):
        join_room(room)
        return room

    def leave(room):
        leave_room(room)
        return room

    sio.on_event("leave", leave, namespace=namespace)

    @on
    def say(room, *args):
        emit("said", args, room=room)

    @on
    def flood(count, text):
        for number in range(count):
            emit("tick", (number, text))
        emit("flooded", count)

    @on
    def silent(*args):
        # A handler that returns would ack.
        threading.Event().wait()

    @on
    def kick():
        disconnect()

    @on
    def handshake():
        return lab.handshake(request.environ, auths.get(request.sid))


@sio.on("connect", namespace="/chat")
def greet(auth=None):
    emit("res", "auth!")


@sio.on("chat", namespace="/chat")
def chat(text):
    for greeting in lab.greetings(text):
        emit("res", greeting)


def main():
    for namespace in lab.LAB_NAMESPACES:
        serve_lab(namespace)
    listener = socket.create_server((lab.HOST, lab.PORT))
    port = listener.getsockname()[1]
    server = make_server(lab.HOST, port, app, threaded=True, fd=listener.fileno())
    print(f"listening on {port}", flush=True)
    server.serve_forever()


main()
