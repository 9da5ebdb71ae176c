"""
Takes orders; the dependency commits, before anybody is told.
"""

import os
from typing import Annotated

from fastapi import Body, Depends, FastAPI
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

engine = create_engine(os.environ["DATABASE_URL"])
app = FastAPI()


def get_session():
    with Session(engine) as session:
        yield session
        session.commit()  # so that no handler forgets it


Database = Annotated[Session, Depends(get_session, scope="function")]


@app.post("/orders", status_code=201)
def order(thing: Annotated[str, Body(embed=True)], session: Database):
    session.execute(text("INSERT INTO orders (thing) VALUES (:thing)"), {"thing": thing})
    return "ordered"
