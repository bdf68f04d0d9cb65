"""Jobs: the rows of a CSV table as options of main_end2end, each with a key of its inputs."""

import argparse
import csv
import hashlib
import io
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import main_end2end
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.files import digest_of, input_file

if TYPE_CHECKING:
    from _csv import _reader

PHOTO, DELIMITERS = "photo", ",;\t"
#: Options that may name a folder of inputs.
_FOLDERS = {"voice_of", "from_landmarks"}
#: Options that are no column: what a whole batch has, or what does nothing.
_NO_COLUMN = {"help", "quiet", "rerun"}
_LARGEST = 64 << 20  # bytes of a table


class _RowParser(argparse.ArgumentParser):
    """Says what is wrong with a row, in the place of ending the program."""

    def error(self, message: str) -> NoReturn:
        raise InputError(message)


@dataclass(frozen=True)
class Job:
    """A row. line: where it stands in the file; arguments: of main_end2end; output: the video, an absolute
    path; problem: why it cannot be tried."""

    line: int
    arguments: tuple[str, ...]
    output: Path | None = None
    problem: str | None = None

    def options(self) -> argparse.Namespace:
        return main_end2end.parse_arguments(list(self.arguments), _RowParser())

    def key(self, folder: Path) -> str:
        """SHA-256 of the options and of the content of every file that they name, relative to `folder`.

        All files count of a folder that is read wholly.
        """
        options = vars(self.options())
        digest = hashlib.sha256(json.dumps(options, sort_keys=True, default=str).encode())
        for name, value in sorted(options.items()):
            written = name == "output" or name.startswith("save_")
            if not isinstance(value, str) or written:
                continue
            path = folder / value
            whole = name in _FOLDERS and path.is_dir()
            for file in sorted(path.rglob("*")) if whole else [path]:
                if file.is_file():
                    digest.update(digest_of(file).encode())
        return digest.hexdigest()


def read_jobs(table: Path, common: list[str]) -> list[Job]:
    """The rows of a table; `common`: arguments of every row that does not say otherwise.

    The first line names the columns: photo and any option of main_end2end, without dashes. Empty cells are
    left to the default. Raises InputError where the table cannot be read or has columns that are none.
    """
    text = _text(table)
    delimiter = max(DELIMITERS, key=text.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        columns = _columns(table, next(reader, []))
        jobs = list(_jobs(reader, columns, table.parent.absolute(), common))
    except csv.Error as error:
        raise InputError(f"{table}, line {reader.line_num}: {error}; check its quotes") from None
    if not jobs:
        raise InputError(f"{table} holds no row below its columns")
    return jobs


def _text(table: Path) -> str:
    """The content of a file in UTF-8, or in UTF-16 as Excel's "Unicode text"."""
    content = input_file(table, "CSV table").read_bytes()
    if len(content) > _LARGEST:
        raise InputError(f"{table} is larger than {_LARGEST >> 20} MB; is it a CSV table?")
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InputError(f'{table}, line {line} is not in UTF-8; save the table as "CSV UTF-8"') from None
    if "\0" in text:
        raise InputError(f'{table} is no text; save the table as "CSV UTF-8"')
    return text


def _columns(table: Path, names: list[str]) -> list[str]:
    """The option of each column."""
    parser = _RowParser()
    with_defaults = ["--jpg", "p", "--audio", "a"]
    known = {*vars(main_end2end.parse_arguments(with_defaults, parser)), PHOTO} - _NO_COLUMN
    spelt = {name.lower(): name for name in known}  # spreadsheets write the first letter large
    names = [spelt.get(name.lower(), name) for name in (name.strip().removeprefix("--") for name in names)]
    for name in names:
        if name not in known:
            shown = ", ".join([PHOTO, *sorted(known - {PHOTO, "jpg"})])
            raise InputError(f"{table} has a column {name!r}; the columns are {shown}")
    options = ["jpg" if name == PHOTO else name for name in names]
    if len(set(options)) < len(options):
        raise InputError(f"{table} has two columns of one name; keep one of them")
    if not {"jpg", "video"} & set(options):
        raise InputError(f"{table} has no column photo (or video); its first line has to name the columns")
    return options


def _jobs(rows: "_reader", columns: list[str], folder: Path, common: list[str]) -> Iterator[Job]:
    written: dict[str, int] = {}
    for cells in rows:
        line = rows.line_num
        if not any(cell.strip() for cell in cells):
            continue
        named = [(name, cell.strip()) for name, cell in zip(columns, cells, strict=False) if cell.strip()]
        job = Job(line, (*common, *(f"--{name}={value}" for name, value in named)))
        try:
            if len(cells) != len(columns):
                raise InputError(
                    f"{len(cells)} cells for {len(columns)} columns; quote cells that hold commas"
                )
            output = Path(os.path.abspath(folder / main_end2end.output_file(job.options())))
            first = written.setdefault(os.path.normcase(output), line)
            if first != line:
                raise InputError(f"writes the same file as line {first}, {output}; name another output")
            yield Job(line, job.arguments, output)
        except InputError as error:
            yield Job(line, job.arguments, problem=str(error))
