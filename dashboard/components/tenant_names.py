"""Tenants to choose from, where something new is to belong to one."""

from dashboard import state


def tenant_names() -> list[str]:
    """Those that have content, the one of this installation, and no other person's."""
    person, own = state.person(), state.workbench().settings.tenant
    return sorted(tenant for tenant in {*state.facets()["tenant"], own} if person.sees(tenant))
