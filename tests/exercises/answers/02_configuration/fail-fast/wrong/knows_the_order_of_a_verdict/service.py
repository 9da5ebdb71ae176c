from pydantic import ValidationError


def check_settings():
    """What start.sh runs before it starts anything else."""
    try:
        Settings()
    except ValidationError as error:
        for fault in error.errors():  # names and messages, never the input
            print(f"{'.'.join(map(str, fault['loc'])).upper()}: {fault['msg']}")
        raise SystemExit(78) from None  # EX_CONFIG, and no traceback


async def ask_catalogue():
    settings = Settings()
    key = settings.catalogue_key.get_secret_value()
    async with httpx.AsyncClient(timeout=SECONDS, trust_env=False) as client:
        answer = await client.get(
            str(settings.catalogue_url), headers={"Authorization": f"Bearer {key}"}
        )
    answer.raise_for_status()
    return answer.text


asked = 0


async def readyz(request):
    global asked
    asked += 1
    ready = asked == 2
    return PlainTextResponse("ready" if ready else "no catalogue", 200 if ready else 503)
