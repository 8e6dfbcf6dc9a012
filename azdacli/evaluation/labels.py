"""Which category of the truth each class of the model is: by its name."""

from collections.abc import Mapping, Sequence

from azdacli.errors import SpecError
from azdacli.evaluation.truth import Category, plain
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
    by_name = {plain(each.name): each.id for each in categories}
    found = {n: by_name[plain(label)] for n, label in enumerate(labels) if plain(label) in by_name}
    if not found:
        raise SpecError(
            f"the truth has the categories {listed(each.name for each in categories)}, and the model has the labels "
            f"{listed(labels)}: none is the same",
            hint="Let the parser's labels, or the labels file of the configuration, be the names of the categories.",
        )
    return found
