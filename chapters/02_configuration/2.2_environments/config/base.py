DEBUG = False
DATABASE_URL = "sqlite:///./shop.db"
