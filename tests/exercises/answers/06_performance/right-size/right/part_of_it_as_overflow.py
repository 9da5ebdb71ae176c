share = (MAX_CONNECTIONS - 3 - 1) // (2 * WORKERS)
engine = create_async_engine(DATABASE_URL, pool_size=share - 2, max_overflow=2)
