RESERVED = 3  # superuser_reserved_connections
ADMINISTRATOR = 1
AT_WORK = WORKERS + 1  # while one is being replaced by its successor
pool_size = max(1, (MAX_CONNECTIONS - RESERVED - ADMINISTRATOR) // AT_WORK)
engine = create_async_engine(DATABASE_URL, pool_size=pool_size, max_overflow=0)
