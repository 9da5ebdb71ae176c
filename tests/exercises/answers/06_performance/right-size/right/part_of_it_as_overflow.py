share = (MAX_CONNECTIONS - 3 - 1) // (2 * WORKERS)
spare = min(2, share - 1)
engine = create_async_engine(DATABASE_URL, pool_size=share - spare, max_overflow=spare)
