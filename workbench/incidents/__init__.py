"""
Incidents: a shop of real processes gets a fault, a responder is judged by what its users had.

    __init__.py notebook.py command.py   the API; an incident in a notebook, and in a terminal
    client.py                            what a responder reads and does, over HTTP
    running.py                           a supervisor, as who has started it sees it
    supervisor.py http_api.py            a process: the run, and what it answers
    deployment.py levers.py crowd.py     the shop, what can be done to it, its users
    database.py payments.py vault.py     what it needs: a database, payments, secrets
    watching.py journal.py               what is measured, and what has happened
    catalogue/                           the incidents: a fault each, its names, its hints
    seen.py judge.py hints.toml          what is known at the end, and what it means
    report.py timeline.py                what is kept, and how it is drawn
    shop/ release_42/                    the shop's programs; what its newest release changes
"""

from .client import Shop
from .notebook import OnCall, incident
from .report import Report
from .timeline import plot_incident

__all__ = ["OnCall", "Report", "Shop", "incident", "plot_incident"]
