import asyncio

from tenacity import retry_if_exception, wait_random_exponential


def may_succeed(error):
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code in {429, 502, 503, 504}
    return isinstance(error, httpx.TransportError)


@retry(
    retry=retry_if_exception(may_succeed),
    wait=wait_random_exponential(multiplier=1, max=10),
    stop=stop_after_attempt(3),
    reraise=True,
)
async def fetch(parcel):
    async with asyncio.timeout(DEADLINE_SECONDS):
        answer = await client.get(f"{DEPOT}/parcels/{parcel}")
    answer.raise_for_status()
    return answer.json()["grams"]


async def weigh(request):
    try:
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
