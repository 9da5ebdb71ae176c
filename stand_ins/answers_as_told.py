"""
Not a service that anybody needs: it answers as it is told to, and counts who came.

    GET /      answers with the status that was put, or not at all
    PUT /503   from now on answer 503, and count from zero; PUT /hang: don't answer
    GET /hits  how many came
"""

import asyncio
import sys

from stand_ins.tiny_http import serve

behaviour = "200"
hits = 0


async def answer(method: str, path: str) -> tuple[int, str]:
    global behaviour, hits
    if method == "PUT":
        behaviour, hits = path[1:], 0
        return 200, ""
    if path == "/hits":
        return 200, str(hits)
    hits += 1
    if behaviour == "hang":
        await asyncio.sleep(60)
    return int(behaviour), ""


if __name__ == "__main__":
    serve(int(sys.argv[1]), answer)
