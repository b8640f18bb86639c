"""python-socketio on aiohttp and uvloop, the fastest of what it runs on among Debian's packages."""
import os

import socketio
import uvloop
from aiohttp import web

io = socketio.AsyncServer(async_mode="aiohttp", http_compression=False)


@io.event
async def echo(sid: str, value: object) -> None:
    await io.emit("echo", value, to=sid)


@io.event
async def ack(sid: str, value: object) -> object:
    return value


@io.event
async def pub(sid: str, value: object) -> None:
    await io.emit("news", value)


@io.event
async def join(sid: str, room: str) -> None:
    io.enter_room(sid, room)


application = web.Application()
io.attach(application)
web.run_app(application, host="127.0.0.1", port=int(os.environ["PORT"]), access_log=None,
            print=None, loop=uvloop.new_event_loop())
