"""a role's app → here → `/healthz`. Healthy means: its share is known, it is not paused, and what waits is being handled.

More workers of a role than partitions are idle: a share of none is healthy, too.
"""

import time
from typing import TYPE_CHECKING, Any

from pipelines import metrics

if TYPE_CHECKING:
    from pipelines.app import RoleApp


def of(app: "RoleApp") -> dict[str, Any]:
    """The report of a role: `healthy`, the reasons why not, assignment, lag in records and age of progress in seconds."""
    partitions = sorted({tp.partition for tp in app.assignor.assigned_actives()})
    lag, idle = app.lag(), time.monotonic() - app.moved_at
    paused = [g.budget.paused_because for g in app.guards if g.budget and g.budget.paused_because]
    troubles = [f"{g.agent.name}: {g.trouble}" for g in app.guards if g.trouble]
    stalled = lag > 0 and idle > app.settings.worker_stalled_after_seconds
    reasons = [*(f"paused: {why}" for why in paused), *troubles]
    if stalled:
        reasons.append(f"{lag} records wait and none was handled for {idle:.0f} s")
    if not app.assigned:
        reasons.append("no partitions were assigned yet")
    if app.rebalancing:
        reasons.append("rebalancing")
    metrics.LAG.labels(app.role).set(lag)
    return {
        "role": app.role,
        "healthy": not reasons,
        "reasons": reasons,
        "partitions": partitions,
        "lag": lag,
        "progress_age_seconds": round(idle, 3),
        "handled": {g.agent.name: g.handled for g in app.guards},
    }
