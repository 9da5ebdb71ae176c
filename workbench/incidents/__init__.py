"""
Incidents: a shop of real processes gets a fault, and a responder is judged by what its users had.
"""
