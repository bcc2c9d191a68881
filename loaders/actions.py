"""The kinds of participation action of the ontology, with their superclasses, since loaders write every type."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

ROOT: Final = "ParticipationAction"

SUPERCLASS: Final = {
    "Signature": ROOT,
    "SignatureAdReferendum": "Signature",
    "ConfirmationOfSignature": ROOT,
    "SuccessionToSignature": ROOT,
    "WithdrawalOfSignature": ROOT,
    "ConsentToBeBound": ROOT,
    "Ratification": "ConsentToBeBound",
    "Acceptance": "ConsentToBeBound",
    "Approval": "ConsentToBeBound",
    "Accession": "ConsentToBeBound",
    "Succession": "ConsentToBeBound",
    "FormalConfirmation": "ConsentToBeBound",
    "DefinitiveSignature": "ConsentToBeBound",
    "SimplifiedProcedure": "ConsentToBeBound",
    "ParticipationByOtherTreaty": "ConsentToBeBound",
    "ConsentByNotification": "ConsentToBeBound",
    "ProvisionalAcceptance": ROOT,
    "ProvisionalApplication": ROOT,
    "NonProvisionalApplication": ROOT,
    "Application": ROOT,
    "Extension": ROOT,
    "Notification": ROOT,
    "TerritorialApplication": ROOT,
    "TerritorialExclusion": ROOT,
    "Denunciation": ROOT,
}


def lineage(name: str) -> tuple[str, ...]:
    """Return the class ``name`` and its superclasses, nearest first.

    ``Accession`` gives ``Accession``, ``ConsentToBeBound``, ``ParticipationAction``.
    """
    if name == ROOT:
        return (ROOT,)
    return (name, *lineage(SUPERCLASS[name]))


def nearest_common(names: Iterable[str]) -> str:
    """Return the most specific class that all of ``names`` (at least one) fall under."""
    first, *others = (lineage(name) for name in names)
    return next(name for name in first if all(name in other for other in others))


@lru_cache
def kind_segment(name: str) -> str:
    """Return ``name`` as it stands in the IRI of an action: ``FormalConfirmation`` gives ``formal-confirmation``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()
