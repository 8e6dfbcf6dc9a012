"""Following every path through statements, without running them."""

import ast
from collections.abc import Sequence
from dataclasses import replace

from azdacli.parser_check import bindings
from azdacli.parser_check.evaluate import Scope, evaluate
from azdacli.parser_check.paths import Names, loaded, merge, root_of, truth, unsure
from azdacli.parser_check.values import UNKNOWN, Value, without_items

# `except*` is a statement of its own, from Python 3.11 on.
_TRY: tuple[type[ast.Try], ...] = (ast.Try, getattr(ast, "TryStar", ast.Try))
_LEAVES = frozenset({"sys.exit", "os._exit", "os.abort", "builtins.exit", "builtins.quit"})
_OPENS = frozenset({"builtins.exec", "builtins.globals", "builtins.vars", "builtins.locals", "builtins.setattr"})


class Walker:
    """Runs statements on what is known about names; an end that cannot be reached is None."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.returns: dict[int, tuple[ast.AST, list[Value]]] = {}
        self.breaks: list[list[Names]] = []

    def block(self, statements: Sequence[ast.stmt], names: Names | None) -> Names | None:
        """Run statements one after the other."""
        for statement in statements:
            if names is None:
                return None
            self.scope.names = names
            self.scope.seen = {}
            names = self.statement(statement)
        return names

    def value(self, node: ast.expr | None) -> Value:
        """What is known about an expression here."""
        return UNKNOWN if node is None else evaluate(node, self.scope)

    def statement(self, node: ast.stmt) -> Names | None:  # noqa: C901, PLR0911 # one arm per kind of statement
        """Run one statement; None when what follows it cannot be reached."""
        names = self.scope.names
        if isinstance(node, _TRY):
            return self._try(node)
        match node:
            case ast.Return():
                value = self.value(node.value) if node.value else Value(kind="none", constant=None)
                self.returns.setdefault(id(node), (node, []))[1].append(value)
                return None
            case ast.Raise():
                return None
            case ast.Break():
                if self.breaks:
                    self.breaks[-1].append(names)
                return None
            case ast.Continue():
                return None
            case ast.If():
                return self._if(node)
            case ast.For() | ast.AsyncFor() | ast.While():
                return self._loop(node)
            case ast.With() | ast.AsyncWith():
                return self._with(node)
            case ast.Match():
                return self._match(node)
            case ast.Expr():
                self.value(node.value)
                return None if self._leaves(node.value) else self._after(node.value)
            case _:
                return self._other(node)

    def _after(self, node: ast.expr) -> Names:
        if isinstance(node, ast.Call):
            path = self.value(node.func).path
            if path in _OPENS and self.scope.local is None:
                self.scope.module.open = True
        return self.scope.names

    def _leaves(self, node: ast.expr) -> bool:
        """Whether a call never comes back: `sys.exit()`, or a function of ours that always raises."""
        if not isinstance(node, ast.Call):
            return False
        function = self.value(node.func)
        if function.kind == "function" and isinstance(function.node, ast.FunctionDef):
            return self.scope.summaries.never_returns(function)
        return function.path in _LEAVES

    def _if(self, node: ast.If) -> Names | None:
        always = truth(self.value(node.test), node.test)
        names = self.scope.names
        yes = self.block(node.body, dict(names)) if always is not False else None
        no = self.block(node.orelse, dict(names)) if always is not True else None
        return merge([yes, no])

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While) -> Names | None:
        if isinstance(node, ast.While):
            forever = truth(self.value(node.test), node.test) is True
        else:
            self.value(node.iter)
            forever = False
        before = self.scope.names
        changed = bindings.bound_in(node.body) | (
            bindings.targets(node.target) if not isinstance(node, ast.While) else set()
        )
        inside = {**before, **{name: replace(UNKNOWN, maybe=name not in before) for name in changed}}
        if not isinstance(node, ast.While):
            inside.update(dict.fromkeys(bindings.targets(node.target), UNKNOWN))
        mutated = bindings.mutated_in(node.body)
        inside = {name: unsure(value) if name in mutated else value for name, value in inside.items()}
        self.breaks.append([])
        after = self.block(node.body, dict(inside))
        broken = self.breaks.pop()
        ends = [] if forever else [self.block(node.orelse, merge([dict(before), after]))]
        return merge([*ends, *broken])

    def _try(self, node: ast.Try) -> Names | None:
        before = self.scope.names
        whole = self.block(node.body, dict(before))
        changed = bindings.bound_in(node.body)
        anywhere: Names = dict(before)
        for name in changed:
            anywhere[name] = UNKNOWN if name in before else replace(UNKNOWN, maybe=True)
        ends = [self.block(node.orelse, whole)]
        for handler in node.handlers:
            start = dict(anywhere)
            if handler.name:
                start[handler.name] = UNKNOWN
            ends.append(self.block(handler.body, start))
        end = merge(ends)
        if not node.finalbody:
            return end
        reached = dict(anywhere) if end is None else end
        last = self.block(node.finalbody, reached)
        if last is None:
            # A finally that leaves replaces what the paths before it did.
            lines = {id(s) for s in ast.walk(ast.Module(body=node.finalbody, type_ignores=[]))}
            inner = {id(s) for part in (node.body, *(h.body for h in node.handlers)) for b in part for s in ast.walk(b)}
            self.returns = {key: value for key, value in self.returns.items() if key in lines or key not in inner}
        return None if end is None else last

    def _with(self, node: ast.With | ast.AsyncWith) -> Names | None:
        swallows = False
        for item in node.items:
            value = self.value(item.context_expr)
            call = item.context_expr
            path = self.value(call.func).path if isinstance(call, ast.Call) else value.path
            swallows |= path.endswith("suppress")
            if item.optional_vars is not None:
                self._bind(item.optional_vars, UNKNOWN)
        before = dict(self.scope.names)
        end = self.block(node.body, self.scope.names)
        if not swallows:
            return end
        unsure = {name: replace(UNKNOWN, maybe=name not in before) for name in bindings.bound_in(node.body)}
        return merge([end, {**before, **unsure}])

    def _match(self, node: ast.Match) -> Names | None:
        self.value(node.subject)
        names = self.scope.names
        ends: list[Names | None] = []
        for case in node.cases:
            bound = bindings.pattern(case.pattern)
            ends.append(self.block(case.body, {**names, **dict.fromkeys(bound, UNKNOWN)}))
            if case.guard is None and isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None:
                return merge(ends)
        return merge([*ends, dict(names)])

    def _other(self, node: ast.stmt) -> Names | None:  # noqa: C901, PLR0912 # one arm per kind of statement
        names = self.scope.names
        match node:
            case ast.Assign():
                value = self.value(node.value)
                if isinstance(node.value, ast.Name) and value.kind in {"list", "dict", "set"}:
                    self.scope.touch(node.value)
                    value = without_items(value)
                for target in node.targets:
                    self._bind(target, value)
            case ast.AnnAssign() if node.value is not None:
                self._bind(node.target, self.value(node.value))
            case ast.AugAssign():
                operation = ast.copy_location(ast.BinOp(left=loaded(node.target), op=node.op, right=node.value), node)
                self._bind(node.target, self.value(operation))
            case ast.Assert():
                return None if isinstance(node.test, ast.Constant) and not node.test.value else names
            case ast.Delete():
                for target in node.targets:
                    names.pop(target.id, None) if isinstance(target, ast.Name) else self.scope.touch(root_of(target))
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                names[node.name] = self._function(node)
                self._location(node.name, node)
            case ast.ClassDef():
                plain = not node.decorator_list and not node.keywords
                kind = Value(kind="class", node=node, owner=self.scope.module, hidden=self.scope.local or frozenset())
                names[node.name] = kind if plain else UNKNOWN
                self._location(node.name, node)
            case ast.Import() | ast.ImportFrom():
                bindings.imported(node, self.scope)
                for name in bindings.bound_in([node]):
                    self._location(name, node)
            case _:
                for name in bindings.bound_in([node]):
                    names[name] = UNKNOWN
                    self._location(name, node)
        return names

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Value:
        if node.decorator_list:
            return UNKNOWN
        return Value(kind="function", node=node, owner=self.scope.module, hidden=self.scope.local or frozenset())

    def _bind(self, target: ast.expr, value: Value) -> None:
        match target:
            case ast.Name():
                self.scope.names[target.id] = value
                self._location(target.id, target)
            case ast.Starred():
                self._bind(target.value, Value(kind="list"))
            case ast.Tuple() | ast.List():
                parts = value.items if value.items is not None and len(value.items) == len(target.elts) else None
                starred = any(isinstance(t, ast.Starred) for t in target.elts)
                for index, inner in enumerate(target.elts):
                    self._bind(inner, UNKNOWN if parts is None or starred else parts[index])
            case ast.Subscript() | ast.Attribute():
                root = root_of(target)
                if isinstance(root, ast.Name) and self.scope.names.get(root.id, UNKNOWN).kind in {"list", "dict"}:
                    self.scope.touch(root)
                if isinstance(target, ast.Subscript) and self._opens(target.value):
                    self.scope.module.open = True

    def _opens(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Call) and self.value(node.func).path in _OPENS

    def _location(self, name: str, node: ast.AST) -> None:
        if self.scope.local is None:
            self.scope.module.locations[name] = node
