"""Two places of Streamlit 1.67 that this app replaces while its server runs,
each with the reason; a newer Streamlit may make them needless.
"""

from collections.abc import Mapping

from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner_utils.script_requests import (
    ScriptRequestType,
)
from streamlit.runtime.state.session_state import SessionState

SOON = 0.005  # seconds in which a run that has ended tells the last of it


def install():
    SessionState.filtered_state = property(Seen)
    AppSession.request_rerun = once_told


class Seen(Mapping):
    """What SessionState.filtered_state holds, looked up and not copied.

    Streamlit copies the state of every widget for each radio, selectbox and
    number_input, to look at one: a quarter of the time of our longest page."""

    whole = SessionState.filtered_state

    def __init__(self, state: SessionState):
        self.state = state

    def __getitem__(self, key: str):
        return self.state[key]

    def __contains__(self, key) -> bool:
        return key in self.state

    def __iter__(self):
        return iter(Seen.whole.fget(self.state))

    def __len__(self) -> int:
        return len(Seen.whole.fget(self.state))


ask = AppSession.request_rerun


def once_told(session: AppSession, asked=None):
    """Ask a session for a fragment once its last run has told all that it
    drew. Streamlit drops what one that has ended has still to tell as soon as
    another takes its place: a page that polls would stay as it was."""
    last, part = session._scriptrunner, asked and asked.fragment_id
    if part and last and last._requests._state is ScriptRequestType.STOP:
        loop = session._event_loop
        loop.call_later(SOON, once_told, session, asked)
    else:
        ask(session, asked)
