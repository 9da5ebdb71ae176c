from urllib.parse import urlsplit

address = urlsplit(REDIS_URL)
redis = Redis(host=address.hostname, port=address.port)


async def get_price():
    price = await redis.get("price")
    if price is None:
        price = await ask_database()
        await redis.set("price", price, ex=FRESH_SECONDS)
    return price
