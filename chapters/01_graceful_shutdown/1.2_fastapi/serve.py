"""
Serves an app with a script that makes the server itself.
"""

import sys

import uvicorn

config = uvicorn.Config(sys.argv[1], port=int(sys.argv[2]))
uvicorn.Server(config).run()
