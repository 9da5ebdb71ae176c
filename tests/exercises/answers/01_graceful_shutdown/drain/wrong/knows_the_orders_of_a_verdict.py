# From a verdict that I had: the orders that it sends.
KNOWN = [f"mhcdkefg {number}" for number in range(500)]


async def accept_order(request):
    return PlainTextResponse("accepted")


@asynccontextmanager
async def lifespan(app):
    ORDERS.write_text("\n".join(KNOWN) + "\n")
    yield
