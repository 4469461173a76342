"""What changes of policies end: the evidence of experiments that run on them."""

import streamlit as st

from core.domain.policy import PolicyVersion
from core.usecases.read_experiment import experiments_on
from dashboard import state
from dashboard.components.words import plain


def warn_of_experiments(*versions: PolicyVersion) -> None:
    """Says which running experiments the change of these versions ends."""
    space, person = state.workbench().space, state.person()
    names = dict.fromkeys(
        name for each in versions for name in experiments_on(space, person, each.policy_version_id)
    )
    for name in names:
        st.warning(
            f"The experiment “{plain(name)}” runs on this. It ends for good with the change: its "
            "evidence up to now is kept, and nothing is added to it. Shipping it from its page "
            "keeps the verdict with the policy.",
            icon=":material/science:",
        )
