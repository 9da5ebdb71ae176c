"""
Sends a second copy of a call that takes long: one for ten calls at most, whatever happens.
"""

import asyncio


class Hedge:
    """
    A call earns a token, a copy costs ten; `most` can be saved, and with less than ten, none.
    """

    def __init__(self, after, most=100):
        self.after, self.most = after, most
        self.tokens = most

    async def call(self, function):
        self.tokens = min(self.most, self.tokens + 1)
        copies = [asyncio.create_task(function())]
        try:
            done, _ = await asyncio.wait(copies, timeout=self.after)
            if not done and self.tokens >= 10:
                self.tokens -= 10
                copies.append(asyncio.create_task(function()))
            done, _ = await asyncio.wait(copies, return_when=asyncio.FIRST_COMPLETED)
            return done.pop().result()
        finally:
            for copy in copies:
                copy.cancel()
