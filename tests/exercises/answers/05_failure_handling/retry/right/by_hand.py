import asyncio
import random


def may_succeed(error):
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code in {429, 502, 503, 504}
    return isinstance(error, httpx.TransportError)


async def fetch_once(parcel):
    answer = await client.get(f"{DEPOT}/parcels/{parcel}")
    answer.raise_for_status()
    return answer.json()["grams"]


async def fetch(parcel):
    attempt = 0
    while True:
        try:
            return await fetch_once(parcel)
        except httpx.HTTPError as error:
            attempt += 1
            if attempt == 4 or not may_succeed(error):
                raise
        await asyncio.sleep(random.uniform(0, 0.5 * 1.5**attempt))


async def weigh(request):
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            grams = await fetch(request.path_params["parcel"])
    except (TimeoutError, httpx.TimeoutException):
        return PlainTextResponse("the depot does not answer", 504)
    except httpx.HTTPStatusError as error:
        if error.response.status_code == 404:
            return PlainTextResponse("there is no such parcel", 404)
        return PlainTextResponse("the depot fails", 502)
    except httpx.TransportError:
        return PlainTextResponse("the depot fails", 502)
    return PlainTextResponse(str(grams))
