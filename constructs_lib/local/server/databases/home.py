"""Where a local database or proxy is: its account and region, which no request names when a client comes to it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self, TypeVar

from constructs_lib.local.server import emulator

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Home:
    """An account and a region."""

    account: str
    region: str

    @classmethod
    def current(cls) -> Self:
        """Take those of the stack at work."""
        return cls(emulator.current_account(), emulator.current_region())

    def ask(self, question: Callable[..., _Answer], *arguments: object) -> _Answer:
        """Ask the local AWS there."""
        with emulator.scope(self.account, self.region):
            return question(*arguments)

    async def ask_aside(self, question: Callable[..., _Answer], *arguments: object) -> _Answer:
        """Ask it without keeping the event loop, which the local AWS itself answers on."""
        return await asyncio.to_thread(self.ask, question, *arguments)
