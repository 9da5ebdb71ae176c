"""
The document's snippet, with the least that lets it run: imports, resources, routes.
"""

import asyncio
import signal
import sys
import time
from contextlib import asynccontextmanager

from fastapi import FastAPI


async def init_resources():
    handler = signal.getsignal(signal.SIGTERM)
    print("SIGTERM calls", getattr(handler, "__qualname__", handler))


async def cleanup_resources():
    print("resources released")


@asynccontextmanager
async def lifespan(app: FastAPI):
    # 启动
    print("Starting up...")
    await init_resources()

    yield

    # 关闭
    print("Shutting down...")
    await cleanup_resources()


app = FastAPI(lifespan=lifespan)


# 信号处理
def handle_shutdown(signum, frame):
    print(f"Received signal {signum}")
    sys.exit(0)


signal.signal(signal.SIGTERM, handle_shutdown)
signal.signal(signal.SIGINT, handle_shutdown)


@app.get("/work")
async def work():
    print("request started")
    await asyncio.sleep(1)
    return "done"


@app.get("/report")
async def report():
    print("report started")
    time.sleep(3)  # blocks the event loop, as too many handlers do
    return "done"
