"""The demo company's own packs: routing in the place of the bundled table, and its protocol of contracts."""

from __future__ import annotations

from importlib import resources

from ...rules.packs.reading import Pack, load_pack
from ..configuration.vocabulary import bundled_vocabulary
from ..rulebook.bundled import install_pack
from ..write.transaction import Transaction

_FILE, _CONTRACTS = "routing.yaml", "contracts.yaml"


def routing() -> Pack:
    """Return the routing as a pack."""
    text = resources.files(__package__).joinpath(_FILE).read_text("utf-8")
    return load_pack(text, _FILE, bundled_vocabulary())


def contracts() -> Pack:
    """Return the protocol of contracts as a pack."""
    text = resources.files(__package__).joinpath(_CONTRACTS).read_text("utf-8")
    return load_pack(text, _CONTRACTS, bundled_vocabulary())


def install_contracts(tx: Transaction) -> None:
    """Put it in force: a scan opens the review, whose end lifts the lock."""
    install_pack(tx, contracts())


def install_routing(tx: Transaction) -> None:
    """Put it in force; its teams have to be there when the first lead comes."""
    install_pack(tx, routing())
