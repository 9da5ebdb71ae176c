import sqlite3


def database():
    connection = sqlite3.connect(ORDERS)
    connection.execute("CREATE TABLE IF NOT EXISTS orders (text)")
    return connection


async def accept_order(request):
    with database() as connection:
        connection.execute("INSERT INTO orders VALUES (?)", [(await request.body()).decode()])
    return PlainTextResponse("accepted")


@asynccontextmanager
async def lifespan(app):
    yield
