import asyncio
import os
import sys

from pydantic import ValidationError


def check():
    """
    What start.sh runs first: names the variables that are wrong.
    """
    try:
        Settings()
    except ValidationError as error:
        for wrong in error.errors(include_url=False):
            name, given = wrong["loc"][0].upper(), wrong["input"]
            # Enough to tell which key has been cut, not enough to use it.
            hint = f" (begins with {given[:6]}…)" if isinstance(given, str) else ""
            print(f"{name}: {wrong['msg']}{hint}", file=sys.stderr)
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
        async with asyncio.timeout(SECONDS):  # in all, not for each read
            await ask_catalogue()
    except (httpx.HTTPError, TimeoutError, UnicodeError):
        return PlainTextResponse("no price", status_code=503)
    return PlainTextResponse("ready")
