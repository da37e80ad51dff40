"""The table of contents of the pipeline: which agents run in which process. Three roles, three processes, fixed groups.

Imported by name, since autodiscovery only warns when an agent's module is broken; without Faust, so that the same agents
run in one process on memory.
"""

from pipelines.agents import (
    alerts,
    city_commands,
    city_kpis,
    dead_letters,
    dispatch,
    driver_pings,
    order_etas,
    position_history,
)
from pipelines.ports import Agent

ROLES: dict[str, tuple[Agent, ...]] = {
    "city": (city_commands.AGENT, dispatch.AGENT),
    "positions": (driver_pings.AGENT, position_history.AGENT),
    "insights": (order_etas.AGENT, city_kpis.AGENT, alerts.AGENT, dead_letters.AGENT),
}
