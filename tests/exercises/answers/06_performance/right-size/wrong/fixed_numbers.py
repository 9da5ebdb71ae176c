engine = create_async_engine(DATABASE_URL, pool_size=3, max_overflow=0)
