engine = create_async_engine(DATABASE_URL, pool_size=MAX_CONNECTIONS - 4, max_overflow=0)
