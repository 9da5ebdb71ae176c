"""
The document's choice of a configuration, with the import that it lacks; prints what it chose.
"""

import importlib
import os

env = os.getenv("APP_ENV", "development")
config = importlib.import_module(f"config.{env}")

print("debug" if config.DEBUG else "no debug", config.DATABASE_URL.split(":")[0], sep=", ")
