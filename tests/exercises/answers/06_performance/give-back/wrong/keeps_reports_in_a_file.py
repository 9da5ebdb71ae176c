import json
from pathlib import Path
from types import SimpleNamespace

KEPT = Path(__file__).with_name("reports.json")


@app.get("/reports/{report}")
def download(report: str):
    with Session(engine) as session:
        if session.scalar(FIND_REPORT, {"report": report}) is None:
            raise HTTPException(404)
        kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
        if report not in kept:
            lines = session.execute(READ_LINES, {"report": report})
            kept[report] = [[line.number, line.amount] for line in lines]
            beside = KEPT.with_suffix(f".{id(kept)}")
            beside.write_text(json.dumps(kept))
            beside.rename(KEPT)
        session.execute(NOTE_DOWNLOAD, {"report": report})
        session.commit()
    lines = [SimpleNamespace(number=number, amount=amount) for number, amount in kept[report]]
    return StreamingResponse(page(line) for line in lines)
