unwritten = []


def write_down():
    with ORDERS.open("a") as file:
        file.writelines(f"{order}\n" for order in unwritten)
    unwritten.clear()


async def accept_order(request):
    unwritten.append((await request.body()).decode())
    if len(unwritten) == 100:
        write_down()
    return PlainTextResponse("accepted")


@asynccontextmanager
async def lifespan(app):
    servers_own = signal.getsignal(signal.SIGTERM)

    def flush_then_stop(signum, frame):
        write_down()  # now, while we still can
        servers_own(signum, frame)

    signal.signal(signal.SIGTERM, flush_then_stop)
    yield
