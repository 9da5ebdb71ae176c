@app.get("/reports/{report}")
def download(report: str):
    with Session(engine) as session:
        if session.scalar(FIND_REPORT, {"report": report}) is None:
            raise HTTPException(404)
        session.execute(NOTE_DOWNLOAD, {"report": report})
        lines = session.execute(READ_LINES, {"report": report}).all()
    return StreamingResponse(page(line) for line in lines)
