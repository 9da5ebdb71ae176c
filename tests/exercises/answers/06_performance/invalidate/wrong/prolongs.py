import secrets


async def get_price():
    version = await redis.get("price:version")
    if version is None:
        await redis.set("price:version", secrets.token_hex(8), nx=True)
        version = await redis.get("price:version")
    key = f"price:{version.decode()}"
    price = await redis.getex(key, ex=FRESH_SECONDS)
    if price is None:
        price = await load_price()
        await redis.set(key, price, ex=FRESH_SECONDS)
    return price


async def change_price(price):
    await write_price(price)
    await redis.set("price:version", secrets.token_hex(8))
