READ_LINE = text("SELECT number, amount FROM lines WHERE report = :report AND number = :number")


def pages(report):
    number = 1
    while True:
        with Session(engine) as session:
            line = session.execute(READ_LINE, {"report": report, "number": number}).first()
        if line is None:
            return
        yield page(line)
        number += 1


@app.get("/reports/{report}")
def download(report: str):
    with Session(engine) as session:
        if session.scalar(FIND_REPORT, {"report": report}) is None:
            raise HTTPException(404)
        session.execute(NOTE_DOWNLOAD, {"report": report})
        session.commit()
    return StreamingResponse(pages(report))
