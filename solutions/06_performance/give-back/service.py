"""
Sends reports, page by page, to whoever downloads them at their own pace.
"""

import os
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from fastapi.responses import PlainTextResponse, StreamingResponse
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

DATABASE_URL = os.environ.get("DATABASE_URL", "postgresql://postgres@127.0.0.1/shop")
engine = create_engine(DATABASE_URL, pool_size=5, max_overflow=0, pool_timeout=1)
app = FastAPI()

FIND_REPORT = text("SELECT name FROM reports WHERE name = :report")
NOTE_DOWNLOAD = text("INSERT INTO downloads (report) VALUES (:report)")
READ_LINES = text(
    "SELECT number, amount FROM lines WHERE report = :report ORDER BY number"
).execution_options(yield_per=20)  # not all of them at once
READ_PRICE = text("SELECT price FROM prices")


def page(line):
    """
    One line of a report, with its picture: 64 KiB.
    """
    words = f"{line.number} {line.amount} ".encode()
    return words.ljust(65535, b".") + b"\n"


# --- yours from here
def get_session():
    with Session(engine) as session:
        yield session
        session.commit()


@app.get("/reports/{report}")
def download(
    report: str,
    # Committed and given back when this returns, and not when the last byte has been read.
    session: Annotated[Session, Depends(get_session, scope="function")],
):
    if session.scalar(FIND_REPORT, {"report": report}) is None:
        raise HTTPException(404)
    session.execute(NOTE_DOWNLOAD, {"report": report})
    lines = session.execute(READ_LINES, {"report": report}).all()  # a few bytes each
    return StreamingResponse(page(line) for line in lines)


# --- to here


@app.get("/price", response_class=PlainTextResponse)
def tell_price():
    with engine.connect() as connection:
        return str(connection.scalar(READ_PRICE))


@app.get("/healthz")
async def healthz():
    return "ok"
