import asyncio
import os
import sys

from pydantic import ValidationError


def check():
    """
    What start.sh runs first: names the variables that are wrong, and never what is in them.
    """
    try:
        Settings()
    except ValidationError as error:
        for wrong in error.errors(include_input=False, include_context=False):
            name = ".".join(map(str, wrong["loc"])).upper()
            print(f"{name}: {wrong['msg']}", file=sys.stderr)
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
        async with asyncio.timeout(SECONDS):
            await ask_catalogue()
    except (httpx.HTTPError, TimeoutError):
        return PlainTextResponse("no price", status_code=503)
    return PlainTextResponse("ready")
