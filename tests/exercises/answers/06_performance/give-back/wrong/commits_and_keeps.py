from sqlalchemy import Connection


def get_connection():
    with engine.connect() as connection:
        yield connection


@app.get("/reports/{report}")
def download(report: str, connection: Annotated[Connection, Depends(get_connection)]):
    if connection.scalar(FIND_REPORT, {"report": report}) is None:
        raise HTTPException(404)
    connection.execute(NOTE_DOWNLOAD, {"report": report})
    lines = connection.execute(READ_LINES, {"report": report}).all()
    connection.commit()
    return StreamingResponse(page(line) for line in lines)
