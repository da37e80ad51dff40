"""`streamlit run` → here → the pages, and beside them, in the same process, what a browser fetches for itself."""

from pathlib import Path

import streamlit as st

from dashboard import ground_route

app = st.App(Path(__file__).with_name("streamlit_app.py"), routes=[ground_route.route])
