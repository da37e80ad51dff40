"""Starts, ships and watches all of it. `track.py` is the command line; `inprocess.py` is the pipeline without servers."""
