"""agents, guard → here → `/metrics`. The declared names: a metric that is not here does not exist."""

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

disable_created_metrics()  # type: ignore[no-untyped-call]

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

RECORDS = Counter("track_records", "Records handled", ["role", "topic"])
BATCH_SECONDS = Histogram("track_batch_seconds", "One batch through its agent", ["role", "agent"], buckets=_BUCKETS)
STAGE_SECONDS = Histogram(
    "track_stage_seconds", "Age of a record when its batch was done: now − produced_at", ["agent"], buckets=_BUCKETS
)
REPEATED = Counter("track_repeated_commands", "Commands that were decided before and told again")
REJECTED = Counter("track_rejected_commands", "Commands refused by a rule", ["asked", "reason"])
STALE_FACTS = Counter("track_stale_facts", "Facts an agent had folded before", ["agent"])
FILLED_FACTS = Counter("track_filled_facts", "Facts of a gap that were read from the log", ["agent"])
PINGS = Counter("track_pings", "Pings by what became of them", ["fate"])
DEAD_LETTERS = Counter("track_dead_letters", "Records nobody could act on", ["role", "kind"])
STORE_AWAY = Counter("track_store_away", "Tries that met a store that did not answer", ["role"])
LOADS = Counter("track_city_loads", "Cities loaded from the log", ["agent"])
PAUSED = Gauge("track_role_paused", "1 while the role waits for a person", ["role"])
LAG = Gauge("track_lag_records", "Records that wait in the assigned partitions", ["role"])
