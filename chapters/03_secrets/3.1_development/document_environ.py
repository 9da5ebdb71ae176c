import os

# 方式 1: 环境变量
SECRET_KEY = os.environ["SECRET_KEY"]


async def app(scope, receive, send):
    if scope["type"] == "http":
        body = b"%d characters" % len(SECRET_KEY)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})
