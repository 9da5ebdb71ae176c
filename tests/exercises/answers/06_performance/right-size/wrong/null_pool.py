from sqlalchemy import NullPool

engine = create_async_engine(DATABASE_URL, poolclass=NullPool)
