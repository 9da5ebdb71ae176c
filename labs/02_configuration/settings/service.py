"""
A service starts: it reads its settings and writes them into its log, as many do.
"""

from settings import get_settings

settings = get_settings()
app_env = getattr(settings.app_env, "value", settings.app_env)  # an Enum or a str
print(f"settings: {settings!r}")
print(f"started: app_env={app_env} debug={settings.debug}")

try:
    settings.debug = True  # a well-meant line, deep in somebody's code
except (AttributeError, TypeError, ValueError) as error:
    print(f"not changed: {type(error).__name__}")
print(f"a moment later: debug={settings.debug}")
