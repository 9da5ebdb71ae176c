def get_lines(report: str):
    with Session(engine) as session, session.begin():
        if session.scalar(FIND_REPORT, {"report": report}) is None:
            raise HTTPException(404)
        session.execute(NOTE_DOWNLOAD, {"report": report})
        return session.execute(READ_LINES, {"report": report}).all()


@app.get("/reports/{report}")
async def download(lines: Annotated[list, Depends(get_lines)]):
    return StreamingResponse(page(line) for line in lines)
