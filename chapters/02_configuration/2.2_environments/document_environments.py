import os

env = os.getenv("APP_ENV", "development")
config = importlib.import_module(f"config.{env}")
