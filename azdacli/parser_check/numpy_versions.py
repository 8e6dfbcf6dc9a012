"""What a parser takes from numpy that the image's numpy does not have: names and parameters that came with numpy 2.

Read out of the public names and signatures of numpy 1.26.4 and 2.4.6; a test asks the numpy that it runs on.
"""

import ast
from collections.abc import Iterator, Mapping

from azdacli.parser_check.finding import Finding
from azdacli.parser_check.ground import Ground
from azdacli.parser_check.module import Module
from azdacli.parser_check.rules import reading

# Name -> what does the same in numpy 1.26; empty where nothing does by one name.
NAMES: Mapping[str, str] = {
    **{
        f"numpy.{new}": f"np.{old}"
        for new, old in {
            "acos": "arccos",
            "acosh": "arccosh",
            "asin": "arcsin",
            "asinh": "arcsinh",
            "atan": "arctan",
            "atan2": "arctan2",
            "atanh": "arctanh",
            "bitwise_invert": "bitwise_not",
            "bitwise_left_shift": "left_shift",
            "bitwise_right_shift": "right_shift",
            "concat": "concatenate",
            "cumulative_prod": "cumprod",
            "cumulative_sum": "cumsum",
            "matrix_transpose": "swapaxes(array, -2, -1)",
            "permute_dims": "transpose",
            "pow": "power",
            "strings": "char",
            "trapezoid": "trapz",
            "unique_values": "unique",
            "matvec": "einsum",
            "vecdot": "einsum",
            "vecmat": "einsum",
        }.items()
    },
    **{f"numpy.linalg.{name}": f"np.{name}" for name in ("cross", "diagonal", "matmul", "outer", "tensordot", "trace")},
    **{f"numpy.linalg.{name}": "np.linalg.norm" for name in ("matrix_norm", "vector_norm")},
    "numpy.linalg.matrix_transpose": "np.swapaxes(array, -2, -1)",
    "numpy.linalg.svdvals": "np.linalg.svd(array, compute_uv=False)",
    "numpy.linalg.vecdot": "np.einsum",
    "numpy.astype": "array.astype(...)",
    "numpy.isdtype": "np.issubdtype",
    "numpy.exceptions.RankWarning": "np.RankWarning",
    **dict.fromkeys(("numpy.unique_all", "numpy.unique_counts", "numpy.unique_inverse"), "np.unique"),
    **dict.fromkeys(("numpy.bitwise_count", "numpy.unstack", "numpy.dtypes.StringDType"), ""),
    **dict.fromkeys(("numpy.lib.array_utils", "numpy.lib.introspect"), ""),
}
_FOURIER = (
    "fft",
    "fft2",
    "fftn",
    "hfft",
    "ifft",
    "ifft2",
    "ifftn",
    "ihfft",
    "irfft",
    "irfft2",
    "irfftn",
    "rfft",
    "rfft2",
)
_MAKING = (
    "arange",
    "empty",
    "empty_like",
    "eye",
    "full",
    "full_like",
    "linspace",
    "ones",
    "ones_like",
    "zeros",
    "zeros_like",
)
PARAMETERS: Mapping[str, frozenset[str]] = {
    **{f"numpy.fft.{name}": frozenset({"out"}) for name in (*_FOURIER, "rfftn")},
    **{f"numpy.{name}": frozenset({"device"}) for name in _MAKING},
    **{f"numpy.fft.{name}": frozenset({"device"}) for name in ("fftfreq", "rfftfreq")},
    **{f"numpy.{name}": frozenset({"weights"}) for name in ("nanpercentile", "nanquantile", "percentile", "quantile")},
    **{f"numpy.{name}": frozenset({"correction", "mean"}) for name in ("nanstd", "nanvar", "std", "var")},
    **{f"numpy.{name}": frozenset({"stable"}) for name in ("argsort", "sort")},
    **{f"numpy.{name}": frozenset({"copy", "device"}) for name in ("asarray", "asanyarray")},
    **{f"numpy.{name}": frozenset({"allow_pickle"}) for name in ("savez", "savez_compressed")},
    "numpy.clip": frozenset({"max", "min"}),
    "numpy.reshape": frozenset({"copy", "shape"}),
    "numpy.unique": frozenset({"sorted"}),
    "numpy.trim_zeros": frozenset({"axis"}),
    "numpy.linalg.cholesky": frozenset({"upper"}),
    "numpy.linalg.matrix_rank": frozenset({"rtol"}),
    "numpy.linalg.pinv": frozenset({"rtol"}),
    "numpy.set_printoptions": frozenset({"override_repr"}),
}
_GUARDS = frozenset({"hasattr", "getattr", "__version__", "AttributeError"})


def check(module: Module, ground: Ground, *, hidden: set[str], optional: set[ast.AST]) -> Iterator[Finding]:
    """Find names and parameters of numpy 2 in a file for an image that has numpy 1.26.

    Args:
        module: The file.
        ground: The image; nothing is claimed where `--run` installs a numpy of its own.
        hidden: Names that some function binds, so that a module's import does not stand behind them.
        optional: Imports that may fail.
    """
    if ground.anything_installed or "numpy" in ground.installed:
        return
    guarded = _guarded(module)
    for node in module.nodes:
        if node in guarded or node in optional:
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from _imported(node, module)
        elif isinstance(node, ast.Attribute):
            path = _path(node, module, hidden)
            if path in NAMES:
                yield _too_new(module, node, path)
        elif isinstance(node, ast.Call):
            path = _path(node.func, module, hidden)
            new = PARAMETERS.get(path, frozenset())
            for keyword in node.keywords:
                if keyword.arg in new:
                    yield _parameter(module, keyword, path)


def _imported(node: ast.Import | ast.ImportFrom, module: Module) -> Iterator[Finding]:
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    else:
        names = [f"{node.module}.{alias.name}" for alias in node.names] if node.module and not node.level else []
        names += [node.module] if node.module and node.module in NAMES else []
    for name in names:
        if name in NAMES:
            yield _too_new(module, node, name)


def _path(node: ast.expr, module: Module, hidden: set[str]) -> str:
    """The dotted name behind `np.linalg.norm`; empty where it does not belong to a module."""
    if isinstance(node, ast.Attribute):
        owner = _path(node.value, module, hidden)
        return f"{owner}.{node.attr}" if owner else ""
    if isinstance(node, ast.Name) and node.id not in hidden and node.id in module.names:
        path = module.names[node.id].path
        return path if path.split(".")[0] == "numpy" else ""
    return ""


def _guarded(module: Module) -> set[ast.AST]:
    """What stands under a question for the name or the version, or where AttributeError is caught."""
    found: set[ast.AST] = set()
    for node in module.nodes:
        if isinstance(node, ast.If | ast.IfExp) and _asks(node.test):
            branches = [*node.body, *node.orelse] if isinstance(node, ast.If) else [node.body, node.orelse]
            found.update(each for branch in branches for each in ast.walk(branch))
        elif isinstance(node, ast.Try) and any(_asks(handler.type) for handler in node.handlers if handler.type):
            found.update(each for branch in node.body for each in ast.walk(branch))
    return found


def _asks(test: ast.expr) -> bool:
    names = {each.id for each in ast.walk(test) if isinstance(each, ast.Name)}
    return bool(_GUARDS & (names | {each.attr for each in ast.walk(test) if isinstance(each, ast.Attribute)}))


def _too_new(module: Module, node: ast.AST, path: str) -> Finding:
    instead = NAMES[path]
    return module.source.finding(
        reading.NUMPY_TOO_NEW,
        node,
        f"`{path}` came with numpy 2; the image has numpy 1.26",
        cure=f"Write `{instead}`." if instead else "Write it in the way of numpy 1.26.",
    )


def _parameter(module: Module, keyword: ast.keyword, path: str) -> Finding:
    return module.source.finding(
        reading.NUMPY_TOO_NEW,
        keyword.value,
        f"`{path}` takes `{keyword.arg}` since numpy 2; the image has numpy 1.26",
        cure=f"Leave `{keyword.arg}` out: write it in the way of numpy 1.26.",
    )
