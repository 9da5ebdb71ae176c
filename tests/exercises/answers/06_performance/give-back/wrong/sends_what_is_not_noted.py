from contextlib import suppress

from sqlalchemy.exc import DBAPIError


@app.get("/reports/{report}")
def download(report: str):
    with Session(engine) as session:
        if session.scalar(FIND_REPORT, {"report": report}) is None:
            raise HTTPException(404)
        lines = session.execute(READ_LINES, {"report": report}).all()
        with suppress(DBAPIError):  # a full disk is no reason to annoy a customer
            session.execute(NOTE_DOWNLOAD, {"report": report})
            session.commit()
    return StreamingResponse(page(line) for line in lines)
