"""the city at a tick → here → who carries what. `nearest` is the baseline; `rolling` matches a whole city at once.

`hands` says who could carry, from where and when; `units` what is carried together; `rolling` who takes which.
"""
