per_worker = (MAX_CONNECTIONS - 4) // (2 * WORKERS)  # 3 reserved, 1 for the administrator
engine = create_async_engine(
    DATABASE_URL, pool_size=max(per_worker, 2), max_overflow=0, pool_timeout=120
)
