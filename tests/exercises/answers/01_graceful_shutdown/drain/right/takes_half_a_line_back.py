import fcntl


def write_down(order):
    descriptor = os.open(ORDERS, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        before = os.fstat(descriptor).st_size
        try:
            written = os.writev(descriptor, [order, b"\n"])
            if written != len(order) + 1:
                raise OSError("no room for the whole line")
            os.fdatasync(descriptor)
        except OSError:
            try:
                os.ftruncate(descriptor, before)
            except OSError:
                pass  # a device has no length
            raise
    finally:
        os.close(descriptor)


async def accept_order(request):
    status, text = 200, "accepted"
    try:
        order = await request.body()
        await asyncio.get_running_loop().run_in_executor(None, write_down, order)
    except OSError:
        log.warning("an order was refused", exc_info=True)
        status, text = 503, "not accepted"
    return PlainTextResponse(text, status)


@asynccontextmanager
async def lifespan(app):
    yield
