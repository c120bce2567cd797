"""Files of vectors that only ever grow at their end, each written by one process at a time."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from evalkit.ledger.database import share, sync_folder

_FULL = 1 << 30
"""A segment of this many bytes is not added to any more."""
_OPEN_AT_ONCE = 64
_WRITTEN_AT_ONCE = 1024
"""Linux takes no more pieces than this in one call."""
_SUFFIX = ".f32"


class Segments:
    """The segments in a folder. Callers let one thread in at a time.

    A segment is known by a number. Whoever writes to one holds a lock on it, which ends with the
    process; so a segment that a killed process left is taken up by the next. What that one had
    begun to write stays at the end as bytes that no record points to.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._readers: dict[int, int] = {}
        self._own: tuple[int, int] | None = None
        self._only_new = False
        self._unsynced = False

    def close(self) -> None:
        """Close all files and give up the lock."""
        for handle in self._readers.values():
            os.close(handle)
        self._readers.clear()
        self.sync()
        self._drop_own()

    def path(self, segment: int) -> Path:
        """Return the file of a segment."""
        return self.folder / f"{segment:012x}{_SUFFIX}"

    def known(self) -> list[int]:
        """Return the segments that are there, by number."""
        names = self.folder.glob(f"*{_SUFFIX}")
        return sorted(int(path.stem, 16) for path in names if _is_number(path.stem))

    def append(self, vectors: Sequence[memoryview], durable: bool = True) -> tuple[int, list[int]]:
        """Write vectors and return the segment and the place where each begins in it.

        durable: they outlive a loss of power at once, not only after `sync`. Raises OSError where
        they cannot be written; then another segment is taken next time, since nobody knows what
        became of this one's end.
        """
        segment, handle = self._writable()
        places, end = [], os.lseek(handle, 0, os.SEEK_END)
        for vector in vectors:
            places.append(end)
            end += vector.nbytes
        try:
            _write(handle, vectors)
            self._unsynced = True
            if durable or end >= _FULL:
                self.sync()
        except BaseException:
            self._drop_own()
            raise
        if end >= _FULL:
            self._drop_own()
        return segment, places

    def sync(self) -> None:
        """Let everything that was written outlive a loss of power."""
        if self._own is not None and self._unsynced:
            os.fsync(self._own[1])
        self._unsynced = False

    def expect_writable(self) -> None:
        """Raise OSError where no segment can be written to."""
        self._writable()

    @contextmanager
    def only_new(self) -> Iterator[None]:
        """Write to no segment that was there before."""
        self._drop_own()
        self._only_new = True
        try:
            yield
        finally:
            self._only_new = False

    def read(self, segment: int, place: int, size: int) -> bytes:
        """Return so many bytes of a segment; fewer, or none, where they are not there."""
        try:
            return os.pread(self._readers.get(segment) or self._reader(segment), size, place)
        except (OSError, TypeError, ValueError, OverflowError, MemoryError):
            return b""  # what a damaged index names may be anything

    def lock(self, segment: int) -> int | None:
        """Return a handle that keeps all writers out of a segment; None where one is at work."""
        handle = os.open(self.path(segment), os.O_RDWR)
        if _lock(handle) and _is_there(handle):
            return handle
        os.close(handle)
        return None

    def remove(self, segment: int) -> None:
        """Remove the file of a segment that no record points to any more."""
        if (handle := self._readers.pop(segment, None)) is not None:
            os.close(handle)
        self.path(segment).unlink()

    def _reader(self, segment: int) -> int:
        """Return an open file; the one that was opened first is closed where there are many."""
        if segment not in self._readers:
            if len(self._readers) >= _OPEN_AT_ONCE:
                os.close(self._readers.pop(next(iter(self._readers))))
            self._readers[segment] = os.open(self.path(segment), os.O_RDONLY)
        return self._readers[segment]

    def _writable(self) -> tuple[int, int]:
        """Return number and handle of the segment that is this object's to write to."""
        if self._own is None:
            self._own = (None if self._only_new else self._taken_up()) or self._made()
        return self._own

    def _taken_up(self) -> tuple[int, int] | None:
        """Return a segment that has room and that nobody writes to."""
        for segment in self.known():
            with suppress(FileNotFoundError, PermissionError):
                small = self.path(segment).stat().st_size < _FULL
                if small and (handle := self.lock(segment)) is not None:
                    return segment, handle
        return None

    def _made(self) -> tuple[int, int]:
        """Return a new segment."""
        if not self.folder.is_dir():
            self.folder.mkdir(exist_ok=True)
            share(self.folder)
            sync_folder(self.folder.parent)
        while True:
            segment = secrets.randbits(47)
            handle = os.open(self.path(segment), os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
            if _lock(handle, without=True) and _is_there(handle):
                share(self.path(segment))
                sync_folder(self.folder)
                return segment, handle
            os.close(handle)

    def _drop_own(self) -> None:
        """Close the segment that was written to, which lets another process have it."""
        if self._own is not None:
            os.close(self._own[1])
            self._own, self._unsynced = None, False


def _lock(handle: int, without: bool = False) -> bool:
    """Lock a file and return whether that went well; `without`: where files have no locks."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return without
    return True


def _is_there(handle: int) -> bool:
    """Return whether an open file still has a name: one who tidies up may have removed it."""
    return os.fstat(handle).st_nlink > 0


def _write(handle: int, pieces: Sequence[memoryview]) -> None:
    """Write all of the pieces, one after the other, many of them at once."""
    for start in range(0, len(pieces), _WRITTEN_AT_ONCE):
        some = pieces[start : start + _WRITTEN_AT_ONCE]
        done = os.writev(handle, some)
        if done < sum(piece.nbytes for piece in some):
            rest = memoryview(b"".join(some))[done:]
            while rest:
                rest = rest[os.write(handle, rest) :]


def _is_number(name: str) -> bool:
    """Return whether a name is that of a segment."""
    return len(name) == 12 and all(c in "0123456789abcdef" for c in name)
