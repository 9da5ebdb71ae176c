import random


async def get_bestsellers():
    answer = await redis.get("bestsellers")
    if answer is None:
        answer = await ask_database()
        lifetime = int(FRESH_SECONDS * 1000 * random.uniform(0.8, 1))
        await redis.set("bestsellers", answer, px=lifetime)
    return answer
