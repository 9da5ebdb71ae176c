"""
Streams a story to whoever reads it, and gives its session back before that.
"""

import os
from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.responses import StreamingResponse
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

engine = create_engine(
    os.environ["DATABASE_URL"], pool_size=5, max_overflow=0, pool_timeout=1.0
)
app = FastAPI()


def get_session():
    with Session(engine) as session:
        yield session


Database = Annotated[Session, Depends(get_session, scope="function")]


async def words():
    for _ in range(256):
        yield b"and then " * 8192  # 18 MB in all, more than any buffer on the way


@app.get("/story")
def tell_story(session: Database):
    session.execute(text("SELECT 1"))  # may this reader read it?
    return StreamingResponse(words())


@app.get("/price")
def tell_price(session: Database):
    return session.scalar(text("SELECT 42"))
