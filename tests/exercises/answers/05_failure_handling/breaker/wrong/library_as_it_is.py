from circuitbreaker import CircuitBreakerError, circuit


def blames_stock(kind, error):
    if issubclass(kind, httpx.HTTPStatusError):
        return error.response.status_code >= 500
    return issubclass(kind, httpx.TransportError)


class Breaker:
    async def call(self, ask):
        try:
            return await ask()
        except CircuitBreakerError:
            raise BreakerOpen from None


@circuit(5, OPEN_SECONDS, expected_exception=blames_stock)
async def ask_stock(number):
    answer = await client.get(f"/items/{number}")
    answer.raise_for_status()
    return answer
