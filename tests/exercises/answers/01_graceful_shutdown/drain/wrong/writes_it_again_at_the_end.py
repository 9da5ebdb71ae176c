accepted = []


def write(orders):
    with ORDERS.open("a") as file:
        file.writelines(f"{order}\n" for order in orders)


async def accept_order(request):
    accepted.append((await request.body()).decode())
    write(accepted[-1:])
    return PlainTextResponse("accepted")


@asynccontextmanager
async def lifespan(app):
    yield
    write(accepted)  # to be on the safe side
