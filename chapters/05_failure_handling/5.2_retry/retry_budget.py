"""
Lets a client retry one request in ten, whatever happens.
"""


class RetryBudget:
    """
    A request earns a token, a retry costs ten; a hundred tokens can be saved.

    For tenacity: `stop=stop_after_attempt(3) | budget.spent`.
    """

    most = 100

    def __init__(self):
        self.tokens = self.most

    def earn(self):
        self.tokens = min(self.most, self.tokens + 1)

    def spent(self, retry_state):
        if self.tokens < 10:
            return True
        self.tokens -= 10
        return False
