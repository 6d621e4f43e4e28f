"""The one door (law 1): each write of a business record is checked, written and journalled here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from peewee import DataError, IntegrityError, OperationalError

from ..errors import Conflict
from ..journal.origin import Origin
from ..storage.database import door_opened, write_transaction
from ..time.clock import Clock
from .context import WriteContext
from .refusals import refusal_of
from .transaction import Created, Transaction


@dataclass
class Door:
    """The door of a workspace: opens transactions, each with the configuration in force when it begins."""

    clock: Clock
    context: WriteContext

    @contextmanager
    def transaction(self, origin: Origin) -> Iterator[Transaction]:
        """Open the door for one transaction: all of it is written, or nothing.

        Raises Conflict for a value that another record has, or for records that somebody else changes at the same
        moment; Invalid for what no database can hold or that refers to nothing.
        """
        tx = Transaction(self.context, origin, self.clock.now())
        try:
            with door_opened(), write_transaction():
                yield tx
                tx.finish()
        except (DataError, IntegrityError) as error:
            raise refusal_of(error, tx.writing) from error
        except OperationalError as error:
            if "deadlock" not in str(error).lower():
                raise
            raise Conflict(
                "正好有别人在改同样的记录；请再试一次。", "somebody is changing the same records: try again"
            ) from error
        self.context.committed(tx.dispatches, tx.reconfigured)

    def create(
        self,
        kind: str,
        values: Mapping[str, Any],
        origin: Origin,
        key: str | None = None,
        fingerprint: str | None = None,
    ) -> Created:
        """Create one record in a transaction of its own; see `Transaction.create`."""
        with self.transaction(origin) as tx:
            return tx.create(kind, values, key, fingerprint)

    def change(
        self, kind: str, record_id: str, values: Mapping[str, Any], origin: Origin, revision: int | None = None
    ) -> Any:
        """Change one record in a transaction of its own; see `Transaction.change`."""
        with self.transaction(origin) as tx:
            return tx.change(kind, record_id, values, revision)
