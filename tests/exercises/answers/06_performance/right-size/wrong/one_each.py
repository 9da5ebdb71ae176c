engine = create_async_engine(DATABASE_URL, pool_size=1, max_overflow=0)
