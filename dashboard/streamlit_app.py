"""Streamlit → here → the pages. One style sheet, one navigation; every page draws itself."""

import streamlit as st

from dashboard import theme
from dashboard.app_pages import live

st.set_page_config(page_title="Track", layout="wide", initial_sidebar_state="collapsed")
st.html(theme.stylesheet())
st.navigation([st.Page(live.page, title="Live", default=True)], position="hidden").run()
