import asyncio
import random

AGAIN = {429, 502, 503, 504}
ATTEMPTS = 3


class DepotBusy(Exception):
    pass


async def fetch_once(parcel):
    try:
        answer = await client.get(f"{DEPOT}/parcels/{parcel}")
    except httpx.TransportError as error:
        raise DepotBusy from error
    if answer.status_code in AGAIN:
        raise DepotBusy
    answer.raise_for_status()
    return answer.json()["grams"]


async def fetch(parcel):
    jitter = random.Random(parcel)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return await fetch_once(parcel)
        except DepotBusy:
            if attempt == ATTEMPTS:
                raise
            await asyncio.sleep(jitter.uniform(0, 1))


async def weigh(request):
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            grams = await fetch(request.path_params["parcel"])
    except TimeoutError:
        return PlainTextResponse("no answer in time", 504)
    except DepotBusy:
        return PlainTextResponse("the depot is busy", 502)
    except httpx.HTTPStatusError as error:
        code = error.response.status_code
        return PlainTextResponse("not weighed", code if code in (404, 422) else 502)
    except (KeyError, ValueError):
        return PlainTextResponse("the depot's answer makes no sense", 502)
    return PlainTextResponse(str(grams))
