from fastapi import BackgroundTasks


def note(report):
    with Session(engine) as session:
        session.execute(NOTE_DOWNLOAD, {"report": report})
        session.commit()


@app.get("/reports/{report}")
def download(report: str, background: BackgroundTasks):
    with Session(engine) as session:
        if session.scalar(FIND_REPORT, {"report": report}) is None:
            raise HTTPException(404)
        lines = session.execute(READ_LINES, {"report": report}).all()
    background.add_task(note, report)
    return StreamingResponse(page(line) for line in lines)
