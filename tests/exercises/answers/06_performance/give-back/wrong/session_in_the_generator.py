def pages(report):
    with Session(engine) as session:
        session.execute(NOTE_DOWNLOAD, {"report": report})
        session.commit()
        for line in session.execute(READ_LINES, {"report": report}):
            yield page(line)


@app.get("/reports/{report}")
def download(report: str):
    with Session(engine) as session:
        if session.scalar(FIND_REPORT, {"report": report}) is None:
            raise HTTPException(404)
    return StreamingResponse(pages(report))
