async def get_price():
    return await load_price()


async def change_price(price):
    await write_price(price)
