"""
What one stop was like: for the clients, for the resources, and for whoever watches the process.
"""

from dataclasses import dataclass

from workbench import measured


@dataclass
class Stop:
    """
    A signal to a service with eight requests in flight; how the last newcomer ended, if some
    came while they were; what the service said; its exit code, and the seconds that it took.
    """

    load: object
    newcomer: int | str | None
    said: str
    exit_code: int
    seconds: float

    @property
    def handler(self):
        """
        What the signal was to call, as the service has said when it started.
        """
        return next(line for line in self.said.splitlines() if line.startswith("SIGTERM calls"))

    @property
    def answered(self):
        return self.load.count("ok")

    @property
    def released(self):
        return "resources released" in self.said

    @property
    def snippet_first(self):
        """
        Whether the snippet's handler ran before the server had done its part: uvicorn raises
        the signal once more when all is over, and then it may run.
        """
        return "Received signal" in self.said.partition("resources released")[0]

    @property
    def good(self):
        return self.answered == 8 and self.released

    def judged(self):
        """
        Who was called, and what became of the requests and the resources.
        """
        return {
            "SIGTERM calls": "✗ the snippet" if self.snippet_first else "✓ the server",
            "requests": "✓ all answered" if self.answered == 8 else "✗ lost",
            "resources": "✓ released" if self.released else "✗ not released",
        }

    def compared(self):
        """
        What clients, a newcomer and whoever watches the process see of it.
        """
        return {
            "in flight": f"{'✓' if self.answered == 8 else '✗'} {self.answered} of 8",
            "newcomers": "✗ cut off, late" if self.newcomer == "cut off" else "told at once",
            "exit code": f"{self.exit_code}",
            "seconds": measured(self.seconds),
        }
