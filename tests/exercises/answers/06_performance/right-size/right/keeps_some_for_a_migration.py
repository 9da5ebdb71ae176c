free = MAX_CONNECTIONS - 3 - 1
share = -(-3 * (free // (2 * WORKERS)) // 4)  # three quarters of it, rounded up
engine = create_async_engine(DATABASE_URL, pool_size=share, max_overflow=0)
