available = MAX_CONNECTIONS - 3 - 1
size = min(10, available // (2 * WORKERS))
engine = create_async_engine(DATABASE_URL, pool_size=size, max_overflow=0, pool_timeout=120)
