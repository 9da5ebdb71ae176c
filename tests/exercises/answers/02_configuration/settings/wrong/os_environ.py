import os
from types import SimpleNamespace


def get_settings():
    return SimpleNamespace(
        app_env=os.environ.get("APP_ENV", "development"),
        debug=bool(os.environ.get("DEBUG", "")),
        database_url=os.environ.get("DATABASE_URL", "sqlite:///./app.db"),
        secret_key=os.environ["SECRET_KEY"],
    )
