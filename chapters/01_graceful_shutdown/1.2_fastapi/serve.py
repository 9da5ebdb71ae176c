"""
Serves an app as many projects do: with a script of their own.
"""

import sys

import uvicorn

config = uvicorn.Config(sys.argv[1], port=int(sys.argv[2]))
uvicorn.Server(config).run()
