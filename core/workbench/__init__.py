"""What waits for somebody: one definition for today's page, the rail, the lists and the API.

`waiting.py` says what there is, as queries within what the actor may see and do; `counts.py` counts it; `order.py` puts
one's own work into an order with a reason for each place; `support.py` says who of a team needs help; `contracts.py`
reads what contracts wait for. Which of it somebody has follows from their permissions and cells, never from a role's name.
"""

from .waiting import Part, Waiting, named, waiting

__all__ = ["Part", "Waiting", "named", "waiting"]
