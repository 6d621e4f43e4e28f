"""Kinds whose lists show more than their fields: customers with their leads, leads with their contact and deadline."""

from __future__ import annotations

from .model_view import RecordModelView

SPECIAL: dict[str, type[RecordModelView]] = {}
