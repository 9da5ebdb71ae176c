import os
import sys

from pydantic import ValidationError


def check_settings():
    """What start.sh runs before it starts anything else."""
    try:
        Settings()
    except ValidationError as error:
        for fault in error.errors(include_input=False, include_url=False):
            print(f"{'.'.join(map(str, fault['loc'])).upper()}: {fault['msg']}")
        sys.exit(os.EX_CONFIG)


async def ask_catalogue():
    settings = Settings()
    key = settings.catalogue_key.get_secret_value()
    async with httpx.AsyncClient(timeout=SECONDS, trust_env=False) as client:
        answer = await client.get(
            str(settings.catalogue_url), headers={"Authorization": f"Bearer {key}"}
        )
    answer.raise_for_status()
    return answer.text


async def readyz(request):
    try:
        await ask_catalogue()
    except (httpx.HTTPError, UnicodeError):  # the latter: a key that no header takes
        return PlainTextResponse("no catalogue", status_code=503)
    return PlainTextResponse("ready")


def start():
    check_settings()
    uvicorn = ["uvicorn", "service:app", "--port", os.environ["PORT"]]
    os.execvp("uvicorn", [*uvicorn, "--workers", os.environ["WORKERS"]])
