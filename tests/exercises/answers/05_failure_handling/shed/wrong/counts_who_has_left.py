import heapq
from itertools import count

inside = 0
heap = []  # rank, number, future
numbers = count()
tokens = SAVED


def call_next():
    global inside
    while heap:
        _, _, turn = heapq.heappop(heap)
        if not turn.done():  # those who have left are cancelled
            turn.set_result(None)
            return
    inside -= 1


async def wait_for_place(rank):
    global inside
    if inside < AT_THE_ENGINE:
        inside += 1
        return
    if len(heap) >= LINE:
        last = max(heap)
        if last[0] <= rank:
            raise Full
        heap.remove(last)
        heapq.heapify(heap)
        if not last[2].done():
            last[2].set_exception(Full())
    turn = asyncio.get_running_loop().create_future()
    heapq.heappush(heap, (rank, next(numbers), turn))
    try:
        await turn
    except asyncio.CancelledError:
        if turn.done() and not turn.cancelled() and turn.exception() is None:
            call_next()
        raise


async def ask_engine(path):
    global tokens
    await wait_for_place(0 if path.startswith("/checkout/") else 1)
    try:
        tokens = min(SAVED, tokens + 1)
        attempts = 1
        while True:
            answer = await client.get(path)
            if answer.status_code != 503 or attempts == ATTEMPTS or tokens < 10:
                return answer
            tokens -= 10
            attempts += 1
    finally:
        call_next()
