"""The answers that hold for the whole service."""

import streamlit as st

from core.domain.dsa_enums import EU, TERRITORIES, AccountType, Automation, in_words
from core.domain.dsa_mapping import DsaMapping, PlatformAnswers
from dashboard import state
from dashboard.regulation.saving import save_button

_UNSAID = {
    None: "not answered: hold them back",
    Automation.FULLY: "by machines alone",
    Automation.PARTIALLY: "by people who saw scores",
    Automation.NOT: "by people alone",
}


def platform_form(mapping: DsaMapping, *, may_change: bool) -> None:
    """Draws the form."""
    known, key = mapping.platform, f"platform_{mapping.version}"
    with st.container(border=True):
        st.subheader("The platform", anchor=False)
        left, right = st.columns(2)
        service = left.text_input("Service", known.service, max_chars=500, key=f"{key}_service",
                                  help="As it is called in the report.")  # fmt: skip
        provider = right.text_input("Provider", known.provider, max_chars=500,
                                    key=f"{key}_provider", help="The legal name.")  # fmt: skip
        territory_key = f"{key}_territory"
        territory = left.multiselect(
            "Restrictions apply in", TERRITORIES, list(known.territorial_scope), key=territory_key,
            help="Countries of the EU and EEA; Greece is GR in the Transparency Database.",
        )  # fmt: skip
        left.button("All of the EU", key=f"{key}_eu", disabled=not may_change,
                    on_click=lambda: state.put(**{territory_key: list(EU)}))  # fmt: skip
        account = right.selectbox(
            "Accounts are", [None, *AccountType], key=f"{key}_account",
            index=[None, *AccountType].index(known.account_type),
            format_func=lambda each: (
                "of both kinds, or not known" if each is None else in_words(each.value)
            ),
        )  # fmt: skip
        previous = right.date_input(
            "Latest previous report", known.previous_report, format="YYYY-MM-DD",
            key=f"{key}_previous",
        )  # fmt: skip
        unsaid = left.selectbox(
            "Decisions that do not say were made", list(_UNSAID), key=f"{key}_unsaid",
            index=list(_UNSAID).index(known.unsaid_automation), format_func=_UNSAID.__getitem__,
            help="Imported decisions, and old ones, do not tell whether people saw a score.",
        )  # fmt: skip
        complaints = st.checkbox(
            "Every complaint is decided in ModDesk", known.decides_complaints_here,
            key=f"{key}_complaints",
            help="Then part 7 says 0 where none was recorded; otherwise it stays blank.",
        )  # fmt: skip

        def change() -> DsaMapping:
            answers = PlatformAnswers(
                service=service, provider=provider, territorial_scope=tuple(territory),
                account_type=account, unsaid_automation=unsaid, decides_complaints_here=complaints,
                previous_report=previous if not isinstance(previous, tuple) else None,
            )  # fmt: skip
            return mapping.model_copy(update={"platform": answers})

        save_button("Save the platform's answers", change, may_change=may_change, key=f"{key}_save")
