"""What functions return and modules define, found by following every path through them."""

import ast
from dataclasses import dataclass

from azdacli.parser_check import bindings
from azdacli.parser_check.evaluate import Scope, evaluate
from azdacli.parser_check.flow import Walker
from azdacli.parser_check.module import Module
from azdacli.parser_check.paths import unsure
from azdacli.parser_check.values import UNKNOWN, Value, join


@dataclass(frozen=True, kw_only=True, slots=True)
class Returned:
    """One `return`, and what it gives."""

    node: ast.AST
    value: Value


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """What is known about a function.

    Attributes:
        returns: Each `return` that can be reached, in the order of the text.
        falls: Whether its end can be reached without a `return`.
        generator: Whether it holds a `yield`.
    """

    returns: tuple[Returned, ...]
    falls: bool
    generator: bool

    @property
    def value(self) -> Value:
        """What a call gives."""
        if self.generator:
            return Value(kind="generator")
        ends = [Value(kind="none", constant=None)] if self.falls else []
        return join([*(r.value for r in self.returns), *ends])


class Summaries:
    """Remembers what each function returns; a function that calls itself is unknown to itself."""

    def returned(self, function: Value) -> Value:
        """What a call of a function of ours gives."""
        summary = summarise(function)
        return UNKNOWN if summary is None else summary.value

    def never_returns(self, function: Value) -> bool:
        """Whether a function of ours always raises, or leaves in another way."""
        summary = summarise(function)
        return summary is not None and not (summary.returns or summary.falls or summary.generator)


def summarise(function: Value) -> Summary | None:
    """Follow every path through a function; None while that is going on, or for what is none of ours."""
    module, node = function.owner, function.node
    if not isinstance(module, Module) or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return None
    if node not in module.summaries:
        module.summaries[node] = None
        module.summaries[node] = _summarise(module, node, function.hidden)
    found = module.summaries[node]
    return found if isinstance(found, Summary) else None


def _summarise(
    module: Module, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, hidden: frozenset[str]
) -> Summary:
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
    parameters = {a.arg for a in arguments if a is not None}
    if isinstance(node, ast.Lambda):
        scope = Scope(module, dict.fromkeys(parameters, UNKNOWN), frozenset(parameters | hidden), Summaries())
        value = evaluate(node.body, scope)
        return Summary(returns=(Returned(node=node.body, value=value),), falls=False, generator=False)
    local = frozenset((bindings.bound_in(node.body) | parameters | hidden) - bindings.declared_global(node.body))
    walker = Walker(Scope(module, dict.fromkeys(parameters, UNKNOWN), local, Summaries()))
    end = walker.block(node.body, walker.scope.names)
    ordered = sorted(
        walker.returns.values(), key=lambda r: (getattr(r[0], "lineno", 0), getattr(r[0], "col_offset", 0))
    )
    return Summary(
        returns=tuple(Returned(node=n, value=join(values)) for n, values in ordered),
        falls=end is not None,
        generator=bindings.yields(node),
    )


def run_module(module: Module) -> None:
    """Run a module's top level, and note what it defines."""
    scope = Scope(module, module.names, None, Summaries())
    walker = Walker(scope)
    end = walker.block(module.tree.body, module.names)
    if end is not None:
        changing = bindings.changed_by_functions(module.nodes)
        module.names = {name: unsure(value) if name in changing else value for name, value in end.items()}
    # What was worked out about functions while names were still missing is not the last word.
    module.summaries.clear()
