accepted = []


async def accept_order(request):
    accepted.append((await request.body()).decode())
    if len(accepted) <= 20:
        with ORDERS.open("a") as file:
            file.write(f"{accepted[-1]}\n")
    return PlainTextResponse("accepted")


@asynccontextmanager
async def lifespan(app):
    yield
    with ORDERS.open("a") as file:
        file.writelines(f"{order}\n" for order in accepted[20:])
