import asyncio

from tenacity import retry_if_exception, wait_exponential_jitter

AGAIN = {429, 502, 503, 504}


def may_succeed_later(error):
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code in AGAIN
    return isinstance(error, httpx.TransportError)


@retry(
    wait=wait_exponential_jitter(initial=0.5, max=2, jitter=0.5),
    stop=stop_after_attempt(3),
    retry=retry_if_exception(may_succeed_later),
    reraise=True,
)
async def fetch(parcel):
    answer = await client.get(f"{DEPOT}/parcels/{parcel}")
    answer.raise_for_status()
    return answer.json()["grams"]


async def weigh(request):
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            grams = await fetch(request.path_params["parcel"])
    except TimeoutError:
        return PlainTextResponse("out of time", 504)
    except httpx.HTTPStatusError as error:
        status = 404 if error.response.status_code == 404 else 502
        return PlainTextResponse("the depot cannot tell", status)
    except (httpx.HTTPError, KeyError, ValueError):
        return PlainTextResponse("the depot cannot tell", 502)
    return PlainTextResponse(str(grams))
