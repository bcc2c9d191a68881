"""The classes of participation actions in the ontology, with their superclasses, since loaders state every type."""

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


def with_superclasses(name: str) -> tuple[str, ...]:
    """Return the class ``name`` and its superclasses, nearest first.

    ``Accession`` gives ``Accession``, ``ConsentToBeBound``, ``ParticipationAction``.
    """
    if name == ROOT:
        return (ROOT,)
    return (name, *with_superclasses(SUPERCLASS[name]))


def nearest_common_superclass(names: Iterable[str]) -> str:
    """Return the most specific common superclass of ``names``, which has at least one member."""
    first, *others = (with_superclasses(name) for name in names)
    return next(name for name in first if all(name in other for other in others))


@lru_cache
def kind_segment(name: str) -> str:
    """Return the segment of a class in the IRI of an action: ``FormalConfirmation`` gives ``formal-confirmation``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()
