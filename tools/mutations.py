"""Small changes of a module's code: each is what a slip of the hand would be."""

import ast
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import partial

_FLIPPED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_OTHER: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
_TESTED = (ast.If, ast.IfExp, ast.While)
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change. `owner`: the function or method it is in; None: a table or limit of the module."""

    module: str
    owner: str | None
    before: str
    after: str
    line: int
    nth: int
    """Among equal changes of one owner."""
    make: Callable[[], ast.Module]
    """The whole module with that change."""

    def __str__(self) -> str:
        nth = f" #{self.nth}" if self.nth else ""
        return f"{self.module}:{self.owner or 'module'}: {self.before} -> {self.after}{nth}"


def mutants_of(module: str, source: str) -> Iterator[Mutant]:
    """Every change of the module's functions, methods, tables and limits; of its classes' fields and names, none."""
    tree = ast.parse(source)
    seen: dict[tuple[str | None, str, str], int] = {}
    for owner, place in _places(tree):
        for node in _changeable(place):
            for after in _changes(node):
                words = owner, _told(node), _less(node, after) or _told(after)
                nth = seen[words] = seen.get(words, -1) + 1
                yield Mutant(module, owner, words[1], words[2], node.lineno, nth, partial(_with, tree, node, after))


def _places(tree: ast.Module) -> Iterator[tuple[str | None, ast.stmt]]:
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef):
            yield statement.name, statement
        elif isinstance(statement, ast.ClassDef):
            for inner in statement.body:
                if isinstance(inner, ast.FunctionDef):
                    yield f"{statement.name}.{inner.name}", inner
        elif isinstance(statement, ast.Assign | ast.AnnAssign) and not isinstance(statement.value, ast.Subscript):
            yield None, statement  # a subscript is the name of a type


def _changeable(place: ast.stmt) -> Iterator[ast.expr | ast.stmt]:
    """All that runs in it: no annotations, no decorators, no docstrings, nothing of an f-string."""
    match place:
        case ast.FunctionDef():
            left = [*place.body]
        case ast.Assign() | ast.AnnAssign() if place.value is not None:
            left = [place.value]  # type: ignore[list-item]
        case _:
            left = []
    while left:
        node: ast.AST = left.pop(0)
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            continue
        if isinstance(node, ast.expr | ast.stmt):
            yield node
        left += [
            child  # type: ignore[misc]
            for field, value in ast.iter_fields(node)
            if field not in {"annotation", "returns", "decorator_list", "func"}
            for child in (value if isinstance(value, list) else [value])
            if isinstance(child, ast.AST)
        ]


def _changes(node: ast.expr | ast.stmt) -> Iterator[ast.expr | ast.stmt]:
    if isinstance(node, _TESTED) and not isinstance(node.test, ast.Compare | ast.BoolOp | ast.UnaryOp):
        changed = deepcopy(node)
        changed.test = ast.UnaryOp(ast.Not(), changed.test)
        yield changed
    match node:
        case ast.Compare(ops=[op]):
            for kind in _FLIPPED[type(op)]:
                yield ast.Compare(node.left, [kind()], node.comparators)
        case ast.BoolOp():
            yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
            for left_out in range(len(node.values)):
                rest = [value for place, value in enumerate(node.values) if place != left_out]
                yield rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
        case ast.UnaryOp(op=ast.Not()):
            yield node.operand
        case ast.Constant(value=bool() as truth):
            yield ast.Constant(not truth)
        case ast.Constant(value=int() as number):
            yield ast.Constant(number + 1)
        case ast.BinOp() if type(node.op) in _OTHER:
            yield ast.BinOp(node.left, _OTHER[type(node.op)](), node.right)
        case ast.Return() if node.value is not None and not isinstance(node.value, ast.Constant):
            yield ast.Return(ast.Constant(None))
        case ast.Expr() | ast.AugAssign():
            yield ast.Pass()
        case ast.Tuple() | ast.Set() | ast.Dict() if isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
            yield from _without_one(node)


def _without_one(node: ast.Tuple | ast.Set | ast.Dict) -> Iterator[ast.expr]:
    if isinstance(node, ast.Dict):
        for place in range(len(node.keys)):
            yield ast.Dict(node.keys[:place] + node.keys[place + 1 :], node.values[:place] + node.values[place + 1 :])
    elif len(node.elts) > 1:
        for place in range(len(node.elts)):
            rest = node.elts[:place] + node.elts[place + 1 :]
            yield ast.Set(rest) if isinstance(node, ast.Set) else ast.Tuple(rest, ast.Load())


def _less(node: ast.AST, after: ast.AST) -> str:
    """What is left out, where it is one thing of many."""
    whole, rest = (getattr(each, "elts", None) or getattr(each, "keys", None) or [] for each in (node, after))
    gone = [each for each in whole if each not in rest]
    return f"without {_told(gone[0])}" if len(gone) == 1 and len(rest) == len(whole) - 1 and gone[0] is not None else ""


def _told(node: ast.AST) -> str:
    text = " ".join(ast.unparse(ast.fix_missing_locations(deepcopy(node))).split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _with(tree: ast.Module, node: ast.AST, after: ast.AST) -> ast.Module:
    """A copy of the module with that in place of the node."""
    known: dict[int, ast.AST] = {}
    whole = deepcopy(tree, known)
    here = known[id(node)]

    class Put(ast.NodeTransformer):
        def visit(self, found: ast.AST) -> ast.AST:
            return deepcopy(after) if found is here else self.generic_visit(found)

    Put().visit(whole)
    return ast.fix_missing_locations(whole)
