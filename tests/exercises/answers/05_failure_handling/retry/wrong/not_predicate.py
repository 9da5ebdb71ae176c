import asyncio

from tenacity import retry_if_not_exception_type, wait_random_exponential


class Refused(Exception):
    pass


@retry(
    retry=retry_if_not_exception_type((Refused, KeyError)),
    wait=wait_random_exponential(multiplier=1, max=10),
    stop=stop_after_attempt(3),
    reraise=True,
)
async def fetch(parcel):
    answer = await client.get(f"{DEPOT}/parcels/{parcel}")
    if answer.status_code in (404, 422):
        raise Refused(answer.status_code)
    answer.raise_for_status()
    return answer.json()["grams"]


async def weigh(request):
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            grams = await fetch(request.path_params["parcel"])
    except (TimeoutError, httpx.TimeoutException):
        return PlainTextResponse("the depot does not answer", 504)
    except Refused:
        return PlainTextResponse("there is no such parcel", 404)
    except httpx.HTTPStatusError:
        return PlainTextResponse("the depot fails", 502)
    except httpx.TransportError:
        return PlainTextResponse("the depot fails", 502)
    return PlainTextResponse(str(grams))
