"""Composition root: a version of the notice takes over while everything runs; each act keeps its desk."""

from typing import TYPE_CHECKING

from tepati.errors import Tampered
from tepati.flows.history import ruling, running

if TYPE_CHECKING:
    from tepati.app.compose import Org


async def renewed(org: "Org") -> None:
    """Give an organisation the desk of the version in force, and tell whoever shows it; each act keeps its own.

    Raises Tampered.
    """
    desk = await ruling(org.desk)
    if desk is org.desk:
        return
    if desk.notice.notice.version < org.desk.notice.notice.version:
        raise Tampered("notice_tampered", version=desk.notice.notice.version)
    org.desk, version = desk, await running(desk)
    for follow in org.followers:
        follow(desk, version)
