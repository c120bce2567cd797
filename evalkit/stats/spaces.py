"""How alike two spaces are in which the same inputs lie: two versions, models or sizes.

Both hold a row per input, in one order; they may differ in size. Nothing as large as the pairs of
all inputs is held: products go through features or through blocks of pairs, whichever is less work.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from evalkit.core.arrays import SCORE_PLACES, Float32, Float64, Int64
from evalkit.core.errors import UsageError

_FEWEST = 4
_PAIRS_AT_ONCE = 1 << 22
_ROUNDING = float(np.finfo(float).eps)
_NOTHING = 1e-24
"""Rows whose spread around their mean is no larger a share of their squares than this are equal."""
_Squares = tuple[float, float, float]
Rows = Float32 | Float64
"""A row per input: float (n, d)."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """What two spaces of the same n inputs have in common; NaN where it is not defined.

    k: how many neighbours were compared. overlap: of them, and chance: what two unrelated spaces
    share. cka: linear, and corrected_cka: the same without its bias. procrustes: the residual.
    cosine: the mean over inputs, NaN where the sizes differ. See the functions of this module.
    """

    n: int
    k: int
    overlap: float
    chance: float
    cka: float
    corrected_cka: float
    procrustes: float
    cosine: float


def likeness(one: Rows, other: Rows, k: int = 10) -> Likeness:
    """Return all measures of two spaces: float (n, d) and (n, e), a row per input.

    Raises UsageError for fewer than 4 inputs, other numbers of rows, or a k that is not from 1 to
    n - 2.
    """
    n, overlap = len(one), neighbour_overlap(one, other, k)
    x, y = map(_centred, _checked(one, other))
    squares = _squares(x, y)
    return Likeness(
        n=n,
        k=k,
        overlap=overlap,
        chance=k / (n - 1),
        cka=_alignment(squares),
        corrected_cka=_debiased(x, y, squares),
        procrustes=_residual(x, y),
        cosine=float(cosines(one, other).mean()) if one.shape == other.shape else math.nan,
    )


def neighbour_overlap(one: Rows, other: Rows, k: int = 10) -> float:
    """Return the mean share of the k nearest others that an input has in both spaces, 0 to 1.

    one, other: float (n, d) and (n, e). Nearest by cosine, which is rounded to 6 places; of equal
    ones the earlier row counts. Unrelated spaces share k / (n - 1). Insensitive to rotation,
    to scale and to size as such. Of what is here it says most of what a search returns. Source of
    the use: Wendlandt, Kummerfeld and Mihalcea 2018. Raises UsageError for a k not from 1 to n - 2.
    """
    first, second = (_unit(rows) for rows in _checked(one, other))
    n = len(first)
    if not 1 <= k <= n - 2:
        raise UsageError(f"k is {k}; of {n} inputs, from 1 to {n - 2} neighbours can be compared.")
    shared = 0
    for rows in _blocks(n):
        mine, theirs = _nearest(first, rows, k), _nearest(second, rows, k)
        shared += sum(len(np.intersect1d(a, b)) for a, b in zip(mine, theirs, strict=True))
    return shared / (n * k)


def linear_cka(one: Rows, other: Rows) -> float:
    """Return the linear centred kernel alignment of two spaces, 0 to 1.

    one, other: float (n, d) and (n, e). With centred X and Y, |Y'X|^2 / (|X'X| |Y'Y|) in Frobenius
    norms. Insensitive to rotation and to scale in all directions alike. Biased upwards where sizes
    are not small beside n: unrelated spaces do not have 0. Source: Kornblith, Norouzi, Lee and
    Hinton 2019. NaN where all rows of a space are equal.
    """
    return _alignment(_squares(*map(_centred, _checked(one, other))))


def debiased_cka(one: Rows, other: Rows) -> float:
    """Return the linear centred kernel alignment without its bias: about 0 for unrelated spaces.

    one, other: float (n, d) and (n, e). 1 for equal spaces; a little below 0 can be. Insensitive to
    what `linear_cka` is. Each product is the unbiased one, in which no input is compared with
    itself. Source: Kornblith et al. 2019 with the estimator of Song et al. 2012. NaN where it is
    not defined.
    """
    x, y = map(_centred, _checked(one, other))
    return _debiased(x, y, _squares(x, y))


def procrustes_residual(one: Rows, other: Rows) -> float:
    """Return the share of one space that no rotation and scale of the other explains, 0 to 1.

    one, other: float (n, d) and (n, e); the smaller is taken to be 0 in what it lacks. With X and Y
    centred and of unit Frobenius norm, 1 - (sum of the singular values of X'Y)^2. Insensitive to
    rotation and scale. Near 0 the spaces differ by a rotation, which a matrix can undo. Source:
    Schoenemann 1966; Ding, Denain and Steinhardt 2021 for comparing representations. NaN where all
    rows of a space are equal.
    """
    return _residual(*map(_centred, _checked(one, other)))


def cosines(one: Rows, other: Rows) -> Float64:
    """Return the cosine of each input's two rows, -1 to 1: float (n, d) twice -> float64 (n,).

    Insensitive to the length of rows alone: after a rotation it says nothing. Raises UsageError
    where sizes differ.
    """
    first, second = (_unit(rows) for rows in _checked(one, other))
    if one.shape != other.shape:
        raise UsageError(f"rows have {one.shape[1]} and {other.shape[1]} values; expected as many.")
    found: Float64 = np.clip(np.einsum("ij,ij->i", first, second), -1.0, 1.0)
    return found


def _checked(one: Rows, other: Rows) -> tuple[Float64, Float64]:
    """Return both as float64; raises UsageError where their rows cannot be paired."""
    if len(one) != len(other) or len(one) < _FEWEST:
        raise UsageError(
            f"the spaces have {len(one)} and {len(other)} rows; expected a row per input in both, "
            f"of {_FEWEST} inputs or more."
        )
    return np.asarray(one, np.float64), np.asarray(other, np.float64)


def _unit(rows: Float64) -> Float64:
    """Return rows of length 1; a row of zeros stays."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    found: Float64 = rows / np.where(lengths > 0.0, lengths, 1.0)
    return found


def _centred(rows: Float64) -> Float64:
    """Return rows around their mean; zeros where they are all equal but for rounding."""
    found: Float64 = rows - rows.mean(axis=0)
    return found if np.square(found).sum() > _NOTHING * np.square(rows).sum() else found * 0.0


def _blocks(n: int) -> Iterator[slice]:
    """Yield the rows of n inputs in parts whose pairs with all inputs fit into memory."""
    step = max(1, _PAIRS_AT_ONCE // n)
    return (slice(start, start + step) for start in range(0, n, step))


def _nearest(unit: Float64, rows: slice, k: int) -> Int64:
    """Return the k nearest others of some unit rows, in any order, int64 (rows, k)."""
    near = np.round(unit[rows] @ unit.T, SCORE_PLACES)
    near -= np.arange(len(unit)) * (0.1**SCORE_PLACES / (2 * len(unit)))  # of equal ones, the first
    near[np.arange(len(near)), np.arange(len(unit))[rows]] = -np.inf
    return np.argpartition(near, -k, axis=1)[:, -k:]


def _squares(x: Float64, y: Float64) -> _Squares:
    """Return the squares of X'Y, of X'X and of Y'Y, see `_square`."""
    return _square(x, y), _square(x, x), _square(y, y)


def _square(x: Float64, y: Float64) -> float:
    """Return the squared Frobenius norm of X'Y, which is the sum of K * L over all pairs."""
    n, wide, high = len(x), x.shape[1], y.shape[1]
    if wide * high <= n * (wide + high):
        return float(np.square(x.T @ y).sum())
    return float(sum(((x[rows] @ x.T) * (y[rows] @ y.T)).sum() for rows in _blocks(n)))


def _alignment(squares: _Squares) -> float:
    """Return the first over the root of the others' product, NaN where one is not above 0."""
    both, one, other = squares
    return both / math.sqrt(one * other) if one > 0.0 and other > 0.0 else math.nan


def _debiased(x: Float64, y: Float64, squares: _Squares) -> float:
    """Return the debiased alignment of two centred spaces."""
    pairs = zip(((x, y), (x, x), (y, y)), squares, strict=True)
    both, one, other = (_unbiased(a, b, square) for (a, b), square in pairs)
    return _alignment((both, one, other))


def _unbiased(x: Float64, y: Float64, square: float) -> float:
    """Return the unbiased Hilbert-Schmidt product of two linear kernels (Song et al. 2012).

    The kernels K and L have zeros on their diagonals; they are never written out. square: of X'Y.
    """
    n = len(x)
    own, theirs = np.square(x).sum(axis=1), np.square(y).sum(axis=1)
    k, m = x @ x.sum(axis=0) - own, y @ y.sum(axis=0) - theirs
    whole = k.sum() * m.sum() / ((n - 1) * (n - 2))
    return float((square - own @ theirs + whole - 2.0 / (n - 2) * (k @ m)) / (n * (n - 3)))


def _residual(x: Float64, y: Float64) -> float:
    """Return the Procrustes residual of two centred spaces, NaN where one has no extent."""
    sizes = np.linalg.norm(x) * np.linalg.norm(y)
    if sizes == 0.0:
        return math.nan
    squares = np.linalg.eigvalsh(_product_of_kernels(x, y))
    squares[squares < len(squares) * _ROUNDING * squares[-1]] = 0.0
    return float(np.clip(1.0 - (np.sqrt(squares).sum() / sizes) ** 2, 0.0, 1.0))


def _product_of_kernels(x: Float64, y: Float64) -> Float64:
    """Return a symmetric matrix whose eigenvalues are the squared singular values of X'Y.

    It is as small as the fewest of rows and of either size allow.
    """
    if len(x) < min(x.shape[1], y.shape[1]):
        values, axes = np.linalg.eigh(x @ x.T)
        root = axes * np.sqrt(np.maximum(values, 0.0))  # K = R R', and LK has those of R'LR
        found: Float64 = root.T @ (y @ y.T) @ root
        return found
    product = x.T @ y if x.shape[1] <= y.shape[1] else y.T @ x
    squared: Float64 = product @ product.T
    return squared
