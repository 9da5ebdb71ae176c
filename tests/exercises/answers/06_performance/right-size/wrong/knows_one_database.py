share = (18 - 3 - 1) // (2 * WORKERS)  # our database allows eighteen
engine = create_async_engine(DATABASE_URL, pool_size=share, max_overflow=0)
