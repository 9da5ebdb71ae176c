share = (MAX_CONNECTIONS - 3) // (2 * WORKERS)
engine = create_async_engine(DATABASE_URL, pool_size=share, max_overflow=0)
