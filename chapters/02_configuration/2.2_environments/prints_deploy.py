"""
Prints what a process got from deploy_settings.py.
"""

from deploy_settings import Settings

settings = Settings()
url = settings.database_url.get_secret_value()
print("debug" if settings.debug else "no debug", url.split(":")[0], sep=", ")
