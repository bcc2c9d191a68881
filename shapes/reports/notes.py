"""The notes of a report as sentences in three languages: one for each kind, with the terms that it is about."""

from collections.abc import Iterable, Mapping
from typing import Final

from shapes.languages import Language
from shapes.report import Note, NoteKind

_SENTENCES: Final[Mapping[Language, Mapping[NoteKind, str]]] = {
    "en": {
        "no-target": "shapes that looked at nothing, as they have no target and no shape refers to them",
        "no-instance": "target classes without an instance in the data, so that their shapes looked at nothing there",
        "no-triple": "properties in targets that no triple in the data has",
        "not-described": "shapes that are referred to but described nowhere, so that every node conforms to them",
        "no-effect": "parameters that constrain nothing without others",
        "not-shown": "results about resources that only the release mentions, which are not shown",
        "vocabulary": "documents given as shapes that hold none, and were used as vocabularies",
        "not-imported": "imported documents that were not given, so that nothing in them counts",
    },
    "fr": {
        "no-target": "formes qui n'ont rien examiné, faute de cible et d'une autre forme qui les mentionne",
        "no-instance": "classes cibles sans instance dans les données, où leurs formes n'ont donc rien examiné",
        "no-triple": "propriétés de cibles qu'aucun triplet des données n'a",
        "not-described": "formes mentionnées mais décrites nulle part, auxquelles tout nœud est donc conforme",
        "no-effect": "paramètres qui ne contraignent rien sans d'autres",
        "not-shown": "résultats non affichés, sur des ressources que seule la version publiée mentionne",
        "vocabulary": "documents fournis comme formes qui n'en contiennent pas, utilisés comme vocabulaires",
        "not-imported": "documents importés mais non fournis, dont rien ne compte",
    },
    "es": {
        "no-target": "formas que no han examinado nada, pues no tienen objetivo y ninguna otra forma las menciona",
        "no-instance": "clases objetivo sin instancias en los datos, donde sus formas no han examinado nada",
        "no-triple": "propiedades de objetivos que no tiene ninguna tripleta de los datos",
        "not-described": "formas mencionadas pero no descritas, a las que se ajusta cualquier nodo",
        "no-effect": "parámetros que no restringen nada sin otros",
        "not-shown": "resultados que no se muestran, sobre recursos que solo menciona la versión publicada",
        "vocabulary": "documentos dados como formas que no contienen ninguna, usados como vocabularios",
        "not-imported": "documentos importados que no se han proporcionado, de los que nada cuenta",
    },
}
_COLONS: Final[Mapping[Language, str]] = {"en": ":", "fr": "\u202f:", "es": ":"}
_SHOWN: Final = 5


def sentences(notes: Iterable[Note], language: Language) -> list[str]:
    """Return a sentence for each kind of note, with the first terms that it is about."""
    terms: dict[NoteKind, list[str]] = {}
    for note in notes:
        if note.term not in terms.setdefault(note.kind, []):
            terms[note.kind].append(note.term)
    return [f"{_SENTENCES[language][kind]}{_COLONS[language]} {_listed(found)}" for kind, found in terms.items()]


def _listed(terms: list[str]) -> str:
    more = len(terms) - _SHOWN
    return ", ".join(terms[:_SHOWN]) + (f", ... (+{more})" if more > 0 else "")
