"""
Listens at once, but can answer only when its data is loaded, two seconds later.
"""

from threading import Event, Timer

loaded = Event()
Timer(2.0, loaded.set).start()


async def app(scope, receive, send):
    assert scope["type"] == "http"
    status = 200 if loaded.is_set() else 503
    headers = [(b"content-length", b"0")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body"})
