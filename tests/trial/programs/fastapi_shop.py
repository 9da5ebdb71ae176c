"""
FastAPI: a fast route, and a slow one that is run in a thread.
"""

import time

from fastapi import FastAPI

app = FastAPI()


@app.get("/")
async def fast() -> str:
    return "fast"


@app.get("/slow")
def slow() -> str:
    time.sleep(0.5)
    return "slow"
