def get_session():
    with Session(engine) as session:
        yield session
        session.commit()


@app.get("/reports/{report}")
def download(report: str, session: Annotated[Session, Depends(get_session)]):
    if session.scalar(FIND_REPORT, {"report": report}) is None:
        raise HTTPException(404)
    session.execute(NOTE_DOWNLOAD, {"report": report})
    lines = session.execute(READ_LINES, {"report": report}).all()
    return StreamingResponse(page(line) for line in lines)
