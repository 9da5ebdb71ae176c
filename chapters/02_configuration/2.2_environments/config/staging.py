from .base import *  # noqa: F403

DATABASE_URL = "postgresql://staging.example.com/shop"
