"""
Flask: a fast route, and a slow one.
"""

import time

from flask import Flask

app = Flask(__name__)


@app.get("/")
def fast() -> str:
    return "fast"


@app.get("/slow")
def slow() -> str:
    time.sleep(0.5)
    return "slow"
