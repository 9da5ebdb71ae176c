"""
The programs of the shop. Each is run as a process, and imports nothing of the workbench.

    balancer.py                    in front of the instances: fewest in flight first
    api.py orders.py recent.py stock.py prices.py charges.py
                                   an instance: its routes, and how it pays
    settings.py database.py        what an instance is told, what it counts and logs
    payments.py                    somebody else's service
    users.py                       those who come, whatever became of those before them
    wire.py                        the HTTP that they speak to each other

What is deployed is a copy of this folder, with what a release changes.
"""
