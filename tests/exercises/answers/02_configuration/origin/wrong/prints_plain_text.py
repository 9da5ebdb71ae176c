settings = Settings()
for name in Settings.model_fields:
    print(f"{name} = {getattr(settings, name)} (variable, secret file, .env or default)")
