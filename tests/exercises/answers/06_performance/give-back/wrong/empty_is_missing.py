def get_session():
    with Session(engine) as session:
        yield session
        session.commit()


@app.get("/reports/{report}")
def download(report: str, session: Annotated[Session, Depends(get_session, scope="function")]):
    lines = session.execute(READ_LINES, {"report": report}).all()
    if not lines:
        raise HTTPException(404)
    session.execute(NOTE_DOWNLOAD, {"report": report})
    return StreamingResponse(page(line) for line in lines)
