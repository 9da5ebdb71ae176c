"""
What a responder can do to the shop: what each lever does, and what it costs.
"""

from typing import NamedTuple


class Lever(NamedTuple):
    """
    One lever; what it does is a method of `Deployment` with its name.
    """

    arguments: tuple[str, ...]
    does: str
    costs: str


LEVERS = {
    "restart": Lever(
        ("target",),
        "stops an instance, or all, and starts it again",
        "seconds without it; what it does not finish in three seconds is cut off",
    ),
    "roll_back": Lever(
        ("component",),
        "runs the API's release before, or gives the balancer its configuration before",
        "the API: seconds for each instance, drained before it is stopped",
    ),
    "scale": Lever(
        ("count",),
        "starts instances, or stops the youngest",
        "seconds until one serves; its pool takes connections from the database",
    ),
    "drain": Lever(
        ("instance",),
        "sends an instance no more requests",
        "the others get its share",
    ),
    "undrain": Lever(("instance",), "sends a drained instance requests again", "nothing"),
    "set": Lever(
        ("key", "value"),
        "changes a setting of all instances while they run (`pool`: of those that start later)",
        "nothing by itself",
    ),
    "shed": Lever(
        ("route", "share"),
        "answers a share of a route's requests with 503, at the balancer; 0 lets all in again",
        "each of them is bad for its user",
    ),
    "keys": Lever(
        ("secret",),
        "gives all instances the newest version of a secret, while they run",
        "nothing by itself",
    ),
    "end_session": Lever(
        ("session",),
        "ends a session of the database, or all that have been `idle` in a transaction for two "
        "seconds",
        "what it has done is rolled back; whoever holds it gets an error",
    ),
}
COMPONENTS = ("api", "balancer", "payments", "postgres", "redis", "users")
MECHANISMS = {
    "bad configuration": "what it is told is wrong",
    "bad release": "its new code does the wrong thing",
    "false page": "nobody is hurt: the alert is at fault",
    "hangs": "it takes requests and does not answer",
    "leaked connections": "they are taken and never given back",
    "locks": "those who wait for one another stand in each other's way",
    "overload": "more comes than it can do",
    "retry storm": "those who ask again are the load",
    "stale data": "it answers with what is no longer so",
    "stampede": "many make anew what one could make for all",
    "wrong credentials": "it is refused where it logs in",
}
