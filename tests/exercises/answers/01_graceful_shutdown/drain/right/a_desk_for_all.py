class Book:
    def __init__(self):
        self.desk = asyncio.Queue()

    async def enter(self, order):
        entered = asyncio.get_running_loop().create_future()
        await self.desk.put((order, entered))
        await asyncio.shield(entered)

    async def keep(self):
        while True:
            order, entered = await self.desk.get()
            try:
                await asyncio.to_thread(self.write, order)
            except OSError as error:
                entered.set_exception(error)
            else:
                entered.set_result(None)

    @staticmethod
    def write(order):
        with ORDERS.open("a", encoding="utf-8", newline="") as file:
            file.write(order + "\n")
            file.flush()
            os.fsync(file.fileno())


async def accept_order(request):
    order = (await request.body()).decode()
    try:
        await request.state.book.enter(order)
    except OSError:
        return PlainTextResponse("come again", 503, {"Retry-After": "1"})
    return PlainTextResponse("accepted")


@asynccontextmanager
async def lifespan(app):
    book = Book()
    keeper = asyncio.create_task(book.keep())
    try:
        yield {"book": book}
    finally:
        keeper.cancel()
