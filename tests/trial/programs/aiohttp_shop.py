"""
aiohttp: a fast route, and a slow one; run as `python aiohttp_shop.py PORT`.
"""

import asyncio
import sys

from aiohttp import web

routes = web.RouteTableDef()


@routes.get("/")
async def fast(_: web.Request) -> web.Response:
    return web.Response(text="fast")


@routes.get("/slow")
async def slow(_: web.Request) -> web.Response:
    await asyncio.sleep(0.5)
    return web.Response(text="slow")


app = web.Application()
app.add_routes(routes)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]))
