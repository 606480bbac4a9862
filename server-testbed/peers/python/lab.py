"""The lab events of CONTRACT.md, as functions of the arguments, for every python-socketio.

`server.py` runs them on aiohttp, `flask_server.py` on Flask.
"""

import os
from urllib.parse import parse_qsl

import socketio
from engineio.payload import Payload

HOST = "127.0.0.1"
PORT = int(os.environ.get("PORT") or 0)
# The libraries count in seconds.
PING_INTERVAL = int(os.environ.get("PING_INTERVAL") or 25000) / 1000
PING_TIMEOUT = int(os.environ.get("PING_TIMEOUT") or 20000) / 1000

# Over polling, a client may send many events at once: python-engineio refuses more than 16 packets in a body by default.
Payload.max_decode_packets = 10_000

# Whether this is python-socketio 4.x, which speaks protocol 4.
IS_OLD = not hasattr(socketio.Server, "get_environ")

# The arguments of the exception that refuses a namespace; protocol 4 has no data.
REFUSAL = ["auth failed"] if IS_OLD else ["auth failed", {"code": 401}]

LAB_NAMESPACES = ["/", "/lab", "/auth"]


def query(environ):
    return dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))


def is_authorized(environ, auth):
    """The token is in the auth payload in protocol 5, and in the query in protocol 4."""
    return (auth or query(environ)).get("token") == "secret"


def handshake(environ, auth):
    prefix = "HTTP_"
    headers = {
        key[len(prefix) :].lower().replace("_", "-"): value for key, value in environ.items() if key.startswith(prefix)
    }
    return {"query": query(environ), "auth": auth, "headers": headers}


def greetings(chat):
    """The texts of `res`: on connection, and to `chat`."""
    return [f"packet!{chat}", f"chat {chat}"]
