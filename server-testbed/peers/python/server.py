"""The peer on python-socketio and aiohttp: 4.x (Engine.IO 3) or 5.x (Engine.IO 4), whichever is installed."""

import asyncio
import socket

import socketio
from aiohttp import web
from socketio.exceptions import ConnectionRefusedError

import lab

if lab.IS_OLD:
    # python-engineio 3.x gives coroutines to `asyncio.wait`, which Python 3.11 and later refuses.
    wait = asyncio.wait
    asyncio.wait = lambda coroutines, **options: wait([asyncio.ensure_future(one) for one in coroutines], **options)

sio = socketio.AsyncServer(async_mode="aiohttp", ping_interval=lab.PING_INTERVAL, ping_timeout=lab.PING_TIMEOUT)
# The auth payload of each socket.
auths = {}


async def emit(namespace, event, args, room, callback=None):
    await sio.emit(event, tuple(args), room=room, namespace=namespace, callback=callback)


async def enter(room, sid, namespace):
    change = sio.enter_room(sid, room, namespace=namespace)
    if change is not None:
        await change


async def leave(room, sid, namespace):
    change = sio.leave_room(sid, room, namespace=namespace)
    if change is not None:
        await change


def serve_lab(namespace):
    def on(handler):
        sio.on(handler.__name__, handler, namespace=namespace)

    @on
    async def connect(sid, environ, auth=None):
        if namespace == "/auth" and not lab.is_authorized(environ, auth):
            raise ConnectionRefusedError(*lab.REFUSAL)
        auths[sid] = auth

    @on
    async def echo(sid, *args):
        # Emits and acks, because the library does not tell whether the client awaits an ack.
        await emit(namespace, "echo", args, sid)
        return args

    @on
    async def question(sid, *args):
        async def answered(*answer):
            await emit(namespace, "answered", answer, sid)

        await emit(namespace, "question", args, sid, answered)

    @on
    async def join(sid, room):
        await enter(room, sid, namespace)
        return room

    async def leave_room(sid, room):
        await leave(room, sid, namespace)
        return room

    sio.on("leave", leave_room, namespace=namespace)

    @on
    async def say(sid, room, *args):
        await emit(namespace, "said", args, room)

    @on
    async def flood(sid, count, text):
        for number in range(count):
            await emit(namespace, "tick", [number, text], sid)
        await emit(namespace, "flooded", [count], sid)

    @on
    async def silent(sid, *args):
        # A handler that returns would ack.
        await asyncio.get_running_loop().create_future()

    @on
    async def kick(sid):
        await sio.disconnect(sid, namespace=namespace)

    @on
    async def handshake(sid):
        environ = sio.environ[sid] if lab.IS_OLD else sio.get_environ(sid, namespace)
        return lab.handshake(environ, auths.get(sid))


@sio.on("connect", namespace="/chat")
async def greet(sid, environ, auth=None):
    await emit("/chat", "res", ["auth!"], sid)


@sio.on("chat", namespace="/chat")
async def chat(sid, text):
    for greeting in lab.greetings(text):
        await emit("/chat", "res", [greeting], sid)


def main():
    for namespace in lab.LAB_NAMESPACES:
        serve_lab(namespace)
    app = web.Application()
    sio.attach(app)
    listener = socket.create_server((lab.HOST, lab.PORT))
    print(f"listening on {listener.getsockname()[1]}", flush=True)
    web.run_app(app, sock=listener, print=None)


main()
