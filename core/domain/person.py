"""Who acts: a name for the ledger, a role and the tenants they may see."""

from core.domain.plain_text import PlainText
from core.domain.record import Record
from core.domain.role import Permission, Role
from core.errors import ForbiddenError


class Person(Record):
    """Somebody who is signed in, or the operator of a command; claims belong to the person."""

    name: PlainText
    role: Role
    tenants: tuple[PlainText, ...] | None = None
    """None: all tenants."""

    def may(self, permission: Permission) -> bool:
        """Whether the role allows it."""
        return permission in self.role.permissions

    def require(self, permission: Permission) -> None:
        """Raises ForbiddenError, which says what is missing, unless the role allows it."""
        if not self.may(permission):
            raise ForbiddenError(
                f"As {self.role.words} you may not {permission.words}. "
                "Ask an admin for another role."
            )

    def sees(self, tenant_id: str) -> bool:
        """Whether the tenant's items may be shown to them."""
        return self.tenants is None or tenant_id in self.tenants


def operator(name: str) -> Person:
    """Whoever can run commands on the store's machine may do everything."""
    return Person(name=name, role=Role.ADMIN)
