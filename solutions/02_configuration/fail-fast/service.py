"""
A shop that shows prices from a catalogue.
"""

import httpx
from pydantic import ValidationError
from settings import Settings
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

SECONDS = 1  # that the catalogue may take


# --- yours from here
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


async def readyz(request):
    try:
        await ask_catalogue()
    except (httpx.HTTPError, UnicodeError):  # the latter: a key that no header takes
        return PlainTextResponse("no catalogue", status_code=503)
    return PlainTextResponse("ready")


# --- to here


async def show_price(request):
    return PlainTextResponse(await ask_catalogue())


async def healthz(request):
    return PlainTextResponse("alive")


app = Starlette(
    routes=[Route("/price", show_price), Route("/healthz", healthz), Route("/readyz", readyz)],
)
