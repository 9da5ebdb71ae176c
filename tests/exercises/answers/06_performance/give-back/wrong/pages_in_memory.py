def get_session():
    with Session(engine) as session:
        yield session
        session.commit()


@app.get("/reports/{report}")
def download(report: str, session: Annotated[Session, Depends(get_session, scope="function")]):
    if session.scalar(FIND_REPORT, {"report": report}) is None:
        raise HTTPException(404)
    session.execute(NOTE_DOWNLOAD, {"report": report})
    pages = [page(line) for line in session.execute(READ_LINES, {"report": report})]
    return StreamingResponse(iter(pages))
