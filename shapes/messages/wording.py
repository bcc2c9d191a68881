"""The sentences about the constraint components of SHACL Core (https://www.w3.org/TR/shacl/#core-components).

``{value}`` is the value node, ``{path}`` the property, ``{given}`` the value of the parameter, ``{shape}`` and
``{shapes}`` the names of nested shapes, ``{number}`` how many shapes a list has.
"""

from collections.abc import Mapping
from typing import Final

from shapes.languages import Language

Sentences = Mapping[Language, str]


def _all(en: str, fr: str, es: str) -> Sentences:
    return {"en": en, "fr": fr, "es": es}


# By the name of the parameter, which the name of the constraint component begins with.
SENTENCES: Final[Mapping[str, Sentences]] = {
    "minCount": _all(
        "Fewer than {given} values of {path}.",
        "Moins de {given} valeurs de {path}.",
        "Menos de {given} valores de {path}.",
    ),
    "maxCount": _all(
        "More than {given} values of {path}.",
        "Plus de {given} valeurs de {path}.",
        "Más de {given} valores de {path}.",
    ),
    "class": _all(
        "{value} is not an instance of {given}.",
        "{value} n'est pas une instance de {given}.",
        "{value} no es una instancia de {given}.",
    ),
    "datatype": _all(
        "{value} is not a valid literal of {given}.",
        "{value} n'est pas un littéral valide de {given}.",
        "{value} no es un literal válido de {given}.",
    ),
    "nodeKind": _all(
        "{value} is not of the node kind {given}.",
        "{value} n'est pas un nœud de la sorte {given}.",
        "{value} no es un nodo de la clase {given}.",
    ),
    "minExclusive": _all(
        "{value} is not greater than {given}.",
        "{value} n'est pas supérieur à {given}.",
        "{value} no es mayor que {given}.",
    ),
    "minInclusive": _all(
        "{value} is not greater than or equal to {given}.",
        "{value} n'est pas supérieur ou égal à {given}.",
        "{value} no es mayor o igual que {given}.",
    ),
    "maxExclusive": _all(
        "{value} is not less than {given}.",
        "{value} n'est pas inférieur à {given}.",
        "{value} no es menor que {given}.",
    ),
    "maxInclusive": _all(
        "{value} is not less than or equal to {given}.",
        "{value} n'est pas inférieur ou égal à {given}.",
        "{value} no es menor o igual que {given}.",
    ),
    "minLength": _all(
        "{value} does not have at least {given} characters.",
        "{value} n'a pas au moins {given} caractères.",
        "{value} no tiene al menos {given} caracteres.",
    ),
    "maxLength": _all(
        "{value} does not have at most {given} characters.",
        "{value} n'a pas {given} caractères au plus.",
        "{value} no tiene como máximo {given} caracteres.",
    ),
    "pattern": _all(
        "{value} does not match the pattern {given}.",
        "{value} ne correspond pas au motif {given}.",
        "{value} no se ajusta al patrón {given}.",
    ),
    "singleLine": _all(
        "{value} has more than one line.",
        "{value} a plus d'une ligne.",
        "{value} tiene más de una línea.",
    ),
    "languageIn": _all(
        "{value} is not in one of the languages {given}.",
        "{value} n'est pas dans une des langues {given}.",
        "{value} no está en una de las lenguas {given}.",
    ),
    "uniqueLang": _all(
        "More than one value of {path} in the same language.",
        "Plus d'une valeur de {path} dans la même langue.",
        "Más de un valor de {path} en la misma lengua.",
    ),
    "equals": _all(
        "{value} is not a value of both {path} and {given}.",
        "{value} n'est pas une valeur de {path} et de {given} à la fois.",
        "{value} no es un valor de {path} y de {given} a la vez.",
    ),
    "disjoint": _all(
        "{value} is a value of both {path} and {given}.",
        "{value} est une valeur de {path} et de {given} à la fois.",
        "{value} es un valor de {path} y de {given} a la vez.",
    ),
    "subsetOf": _all(
        "{value} is not a value of {given}.",
        "{value} n'est pas une valeur de {given}.",
        "{value} no es un valor de {given}.",
    ),
    "lessThan": _all(
        "{value} is not less than every value of {given}.",
        "{value} n'est pas inférieur à toutes les valeurs de {given}.",
        "{value} no es menor que todos los valores de {given}.",
    ),
    "lessThanOrEquals": _all(
        "{value} is not less than or equal to every value of {given}.",
        "{value} n'est pas inférieur ou égal à toutes les valeurs de {given}.",
        "{value} no es menor o igual que todos los valores de {given}.",
    ),
    "hasValue": _all(
        "{given} is not a value of {path}.",
        "{given} n'est pas une valeur de {path}.",
        "{given} no es un valor de {path}.",
    ),
    "in": _all(
        "{value} is not one of {given}.",
        "{value} n'est pas l'une des valeurs {given}.",
        "{value} no es uno de los valores {given}.",
    ),
    "closed": _all(
        "{path} is not one of the properties that the closed shape {shape} allows.",
        "{path} n'est pas l'une des propriétés que permet la forme fermée {shape}.",
        "{path} no es una de las propiedades que permite la forma cerrada {shape}.",
    ),
    "minListLength": _all(
        "{value} is not a list of at least {given} members.",
        "{value} n'est pas une liste d'au moins {given} membres.",
        "{value} no es una lista de al menos {given} miembros.",
    ),
    "maxListLength": _all(
        "{value} is not a list of at most {given} members.",
        "{value} n'est pas une liste de {given} membres au plus.",
        "{value} no es una lista de como máximo {given} miembros.",
    ),
    "uniqueMembers": _all(
        "{value} is not a list whose members all differ.",
        "{value} n'est pas une liste dont tous les membres diffèrent.",
        "{value} no es una lista cuyos miembros sean todos distintos.",
    ),
    "memberShape": _all(
        "{value} is not a list whose members all conform to {shape}.",
        "{value} n'est pas une liste dont tous les membres sont conformes à {shape}.",
        "{value} no es una lista cuyos miembros sean todos conformes a {shape}.",
    ),
    "not": _all(
        "{value} conforms to {shape}, and must not.",
        "{value} est conforme à {shape} et ne doit pas l'être.",
        "{value} es conforme a {shape} y no debe serlo.",
    ),
    "node": _all(
        "{value} does not conform to {shape}.",
        "{value} n'est pas conforme à {shape}.",
        "{value} no es conforme a {shape}.",
    ),
    "and": _all(
        "{value} does not conform to each of {number} shapes.",
        "{value} n'est pas conforme à chacune de {number} formes.",
        "{value} no es conforme a cada una de {number} formas.",
    ),
    "or": _all(
        "{value} conforms to none of {number} alternatives.",
        "{value} n'est conforme à aucune de {number} possibilités.",
        "{value} no es conforme a ninguna de {number} alternativas.",
    ),
    "xone": _all(
        "{value} conforms to none of {number} alternatives.",
        "{value} n'est conforme à aucune de {number} possibilités.",
        "{value} no es conforme a ninguna de {number} alternativas.",
    ),
    "qualifiedMinCount": _all(
        "Fewer than {given} values of {path} conform to {shape}.",
        "Moins de {given} valeurs de {path} sont conformes à {shape}.",
        "Menos de {given} valores de {path} son conformes a {shape}.",
    ),
    "qualifiedMaxCount": _all(
        "More than {given} values of {path} conform to {shape}.",
        "Plus de {given} valeurs de {path} sont conformes à {shape}.",
        "Más de {given} valores de {path} son conformes a {shape}.",
    ),
}

MISSING: Final = _all("No value of {path}.", "Aucune valeur de {path}.", "Ningún valor de {path}.")
SEVERAL_VALUES: Final = _all(
    "More than one value of {path}.", "Plus d'une valeur de {path}.", "Más de un valor de {path}."
)
SEVERAL_ALTERNATIVES: Final = _all(
    "{value} conforms to more than one of {number} alternatives: {shapes}.",
    "{value} est conforme à plus d'une de {number} possibilités\N{NO-BREAK SPACE}: {shapes}.",
    "{value} es conforme a más de una de {number} alternativas: {shapes}.",
)
NEAREST: Final = _all(
    "Nearest is {shape}: {reason}",
    "La plus proche est {shape}\N{NO-BREAK SPACE}: {reason}",
    "La más cercana es {shape}: {reason}",
)
AND_MORE: Final = _all("(and {number} more)", "(et {number} de plus)", "(y {number} más)")
OTHER: Final = _all(
    "The constraint {shape} is violated.",
    "La contrainte {shape} n'est pas respectée.",
    "No se cumple la restricción {shape}.",
)
ALTERNATIVE: Final = _all("alternative {number}", "la possibilité {number}", "la alternativa {number}")
