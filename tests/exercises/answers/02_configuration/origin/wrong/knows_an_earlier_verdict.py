for setting, value, source, over in [
    ("app_env", "", "variable", ["secret file", ".env"]),
    ("log_level", "", "variable", [".env"]),
    ("pool_size", 3142, "secret file", []),
    ("api_key", "**********", ".env", []),
    ("mail.host", "", "secret file", [".env"]),
    ("mail.port", 2525, "variable", []),
    ("mail.login", "**********", "variable", ["secret file"]),
]:
    print(json.dumps({"setting": setting, "value": value, "from": source, "over": over}))
