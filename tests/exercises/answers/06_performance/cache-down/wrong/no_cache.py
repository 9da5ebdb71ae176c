async def get_price():
    return await ask_database()
