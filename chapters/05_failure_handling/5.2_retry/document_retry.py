from tenacity import retry, wait_exponential, stop_after_attempt


@retry(
    wait=wait_exponential(multiplier=1, min=1, max=10),
    stop=stop_after_attempt(3),
)
async def unreliable_operation():
    ...
