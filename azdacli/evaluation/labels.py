"""Which category of the truth each class of the model is: by its name."""

from collections.abc import Mapping, Sequence

from azdacli.errors import SpecError
from azdacli.evaluation.truth import Category
from azdacli.util.suggest import listed


def categories_of(labels: Sequence[str], categories: Sequence[Category]) -> Mapping[int, int]:
    """The category of each class; a class that the truth does not know has none.

    Args:
        labels: The model's classes by their numbers; empty where nothing names them.
        categories: The truth's. Without labels, they are the classes in the order of their numbers.

    Raises:
        SpecError: No class has the name of a category.
    """
    if not labels:
        return {n: each.id for n, each in enumerate(sorted(categories))}
    by_name = {_plain(each.name): each.id for each in categories}
    found = {n: by_name[_plain(label)] for n, label in enumerate(labels) if _plain(label) in by_name}
    if not found:
        raise SpecError(
            f"the truth has the categories {listed(each.name for each in categories)}, and the model has the labels "
            f"{listed(labels)}: none is the same",
            hint="Let the parser's labels, or the labels file of the configuration, be the names of the categories.",
        )
    return found


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace("_", " ").replace("-", " ").split())
