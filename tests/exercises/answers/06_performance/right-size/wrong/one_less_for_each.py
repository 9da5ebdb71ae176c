# Both generations share the database; one connection is left over, and the reserved ones.
LEFT_OVER = 1
share = (MAX_CONNECTIONS - 3) // (2 * WORKERS) - LEFT_OVER
engine = create_async_engine(DATABASE_URL, pool_size=max(1, share), max_overflow=0)
