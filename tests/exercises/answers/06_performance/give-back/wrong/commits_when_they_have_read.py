def get_lines(report: str):
    with Session(engine) as session:
        if session.scalar(FIND_REPORT, {"report": report}) is None:
            raise HTTPException(404)
        yield session.execute(READ_LINES, {"report": report}).all()


def note(report):
    with Session(engine) as session:
        session.execute(NOTE_DOWNLOAD, {"report": report})
        session.commit()


def pages(report, lines):
    for line in lines:
        yield page(line)
    note(report)


@app.get("/reports/{report}")
def download(report: str, lines: Annotated[list, Depends(get_lines, scope="function")]):
    return StreamingResponse(pages(report, lines))
