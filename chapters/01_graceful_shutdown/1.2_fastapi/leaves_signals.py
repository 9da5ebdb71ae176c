"""
The same service without a signal handler: the server owns the signals.
"""

import asyncio
import signal
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
