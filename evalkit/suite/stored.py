"""Stored runs that gates compare with: each read once, and refused where it measured other data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from evalkit.core.errors import EvalkitError
from evalkit.core.results import StoredScores
from evalkit.suite.cases import CaseParts
from evalkit.suite.entries import cut
from evalkit.suite.models import Models
from evalkit.suite.paths import located
from evalkit.suite.place import Place
from evalkit.suite.schema import GateFile


@dataclass(slots=True)
class Stored:
    """Stored runs by what the suite writes, and the fingerprints of the cases as they are now."""

    base: Path
    read: dict[str, StoredScores | None] = field(default_factory=dict)
    prints: dict[str, str] = field(default_factory=dict)

    def get(
        self, written: str, gate: GateFile, case: CaseParts | None, models: Models, place: Place
    ) -> StoredScores | None:
        """Return the stored run that a gate names; what is wrong with it is reported."""
        if written not in self.read:
            self.read[written] = self._read(written, place)
        stored = self.read[written]
        if stored is None or case is None or case.data is None:
            return stored
        if gate.case not in stored.fingerprints:
            place.wrong(
                f"the stored run '{written}' has no case '{gate.case}'.", "Store a new one."
            )
        elif stored.fingerprints[gate.case] != self._fingerprint(case):
            place.wrong(
                f"the stored run '{written}' measured other data in the case '{gate.case}'.",
                "Store a new one from the data as it is now.",
            )
        elif case.plan and stored.relevant.get(gate.case, case.plan.relevant) != case.plan.relevant:
            place.wrong(
                f"the stored run '{written}' judged the case '{gate.case}' with "
                f"'relevant: {stored.relevant[gate.case]}', the suite with "
                f"'relevant: {case.plan.relevant}'.",
                "Make them alike or store a new run.",
            )
        elif not _has(stored, gate, {gate.model} if gate.model else models.written):
            place.wrong(
                f"the stored run '{written}' has no '{gate.metric}' of the case '{gate.case}' "
                f"at {gate.at} for a model of the suite.",
                "Store a new one.",
            )
        return stored

    def _read(self, written: str, place: Place) -> StoredScores | None:
        """Return a stored run, None where there is none that can be read."""
        from evalkit.archive import stored_scores

        path = located(self.base, written)
        if path is None or not path.is_dir():
            place.wrong(
                f"there is no stored run at '{cut(written)}'.",
                "Paths are relative to the suite file.",
            )
            return None
        try:
            return stored_scores(path)
        except EvalkitError as e:
            place.take(e)
            return None

    def _fingerprint(self, case: CaseParts) -> str:
        """Return the fingerprint of a case's data, found once."""
        if case.name not in self.prints and case.data is not None:
            self.prints[case.name] = case.data.fingerprint()
        return self.prints[case.name]


def _has(stored: StoredScores, gate: GateFile, models: Iterable[str]) -> bool:
    """Return whether a stored run measured what a gate is about, for one of the models."""
    wanted = (gate.case, gate.system, gate.at, gate.metric)
    return any(
        (cell.case, cell.system, cell.dim, metric) == wanted and cell.model in models
        for cell, metric in stored.measured
    )
