from functools import lru_cache


@lru_cache
def read_report(report):
    with Session(engine) as session:
        if session.scalar(FIND_REPORT, {"report": report}) is None:
            return None
        return session.execute(READ_LINES, {"report": report}).all()


@app.get("/reports/{report}")
def download(report: str):
    lines = read_report(report)
    if lines is None:
        raise HTTPException(404)
    with Session(engine) as session:
        session.execute(NOTE_DOWNLOAD, {"report": report})
        session.commit()
    return StreamingResponse(page(line) for line in lines)
