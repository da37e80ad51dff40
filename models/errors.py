"""what went wrong → here → the fate that `pipelines/guard.py` gives it. Each error names its fate."""


class TrackError(Exception):
    """The base of what this product raises on purpose."""


class Unreadable(TrackError):
    """Bytes, schema or values that nobody can act on. Fate: a dead letter with the raw bytes and this reason."""


class IllFittingLog(TrackError):
    """A fact that does not follow the state it is applied to: the log has a gap or another writer."""
