import json
import secrets


async def look():
    entry, version = await redis.mget("price", "price:version")
    if version is None:
        await redis.set("price:version", secrets.token_hex(8), nx=True)
        entry, version = await redis.mget("price", "price:version")
    version = version and version.decode()
    if version and entry:
        stored = json.loads(entry)
        if stored["version"] == version:
            return stored["price"], version
    return None, version


async def get_price():
    price, version = await look()
    if price is None:
        price = await load_price()
        if version:
            entry = json.dumps({"version": version, "price": price})
            await redis.set("price", entry, ex=FRESH_SECONDS)
    return price


async def change_price(price):
    await write_price(price)
    await redis.set("price:version", secrets.token_hex(8))
