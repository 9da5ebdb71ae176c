from pydantic_settings import BaseSettings

class Settings(BaseSettings):
    # 默认值
    app_env: str = "development"
    debug: bool = False
    
    # 数据库
    database_url: str = "sqlite:///./app.db"
    
    # 从 .env 文件加载
    class Config:
        env_file = ".env"
        env_file_encoding = "utf-8"

# 环境变量覆盖
# APP_ENV=production DATABASE_URL=postgresql://... python main.py
