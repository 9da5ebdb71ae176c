from .base import *  # noqa: F403

DATABASE_URL = "postgresql://db.example.com/shop"
