"""Files to rows: what a CSV or XLSX file holds, whoever saved it last, and the line each row is on."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

GZIP_MAGIC = b"\x1f\x8b"
ZIP_MAGIC = b"PK\x03\x04"
OLD_EXCEL_MAGIC = b"\xd0\xcf\x11\xe0"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
DELIMITERS = (",", ";", "\t", "|")
LINES_TO_JUDGE_BY = 20
DAMAGED_CSV = {
	"unexpected end of data": "A quotation mark opens here and is never closed; nothing after it was read.",
}


class Unusable(Exception):
	"""Why there is nothing to audit, as a sentence for whoever runs the command."""


@dataclass(frozen=True)
class LeftOut:
	"""A row that could not be used, and why."""

	file: str
	line: int
	reason: str


@dataclass(frozen=True)
class Row:
	"""The cells of a row, as text without blanks around it."""

	line: int
	cells: tuple[str, ...]


@dataclass(frozen=True)
class Table:
	"""The rows of a file that are not blank, and what was found on the way."""

	file: str
	rows: tuple[Row, ...]
	delimiter: str
	broken: tuple[LeftOut, ...] = ()
	remarks: tuple[str, ...] = ()


def read_table(path: Path) -> Table:
	"""The rows of a CSV or XLSX file; which of them it is, its content says. Raises Unusable."""
	content = read_bytes(path)
	if content.startswith(ZIP_MAGIC):
		return _table(path.name, _workbook_rows(path.name, content), "")
	text, remarks = _decoded(path.name, content)
	delimiter, text = _delimiter_of(text)
	return _table(path.name, _csv_rows(path.name, text, delimiter), delimiter, remarks)


def read_bytes(path: Path) -> bytes:
	"""What the file holds, unpacked if it is gzipped. Raises Unusable."""
	try:
		content = path.read_bytes()
		if content.startswith(GZIP_MAGIC):
			content = gzip.decompress(content)
	except (OSError, EOFError, zlib.error) as error:
		reason = getattr(error, "strerror", None) or "it is damaged"
		raise Unusable(f"{path} cannot be read: {reason}.") from error
	if not content.strip():
		raise Unusable(f"{path} is empty.")
	return content


def _table(file: str, found: Iterable[Row | LeftOut], delimiter: str, remarks: tuple[str, ...] = ()) -> Table:
	rows, broken = [], []
	for row in found:
		if isinstance(row, LeftOut):
			broken.append(row)
		elif any(row.cells):
			rows.append(row)
	return Table(file, tuple(rows), delimiter, tuple(broken), remarks)


def _decoded(file: str, content: bytes) -> tuple[str, tuple[str, ...]]:
	if content.startswith(OLD_EXCEL_MAGIC):
		raise Unusable(f"{file} is in Excel's old format. Save it as .xlsx or CSV.")
	if content.startswith(UTF16_MARKS):
		encodings = ("utf-16",)
	elif b"\0" in content:
		raise Unusable(f"{file} is neither a CSV nor an XLSX file.")
	else:
		encodings = ("utf-8-sig", "cp1252")
	for encoding in encodings:
		try:
			text = content.decode(encoding)
		except UnicodeDecodeError:
			continue
		guessed = f"{file} is not UTF-8; it was read as Windows-1252, so check names with accents."
		return text, (guessed,) if encoding == "cp1252" else ()
	raise Unusable(f"{file} is in an unknown encoding. Save it as UTF-8.")


def _delimiter_of(text: str) -> tuple[str, str]:
	"""What separates the cells, and the text without the line in which Excel says so."""
	first_line = text.split("\n", 1)[0].strip()
	if first_line.lower().startswith("sep=") and len(first_line) == 5:
		return first_line[-1], text.replace(first_line, "", 1)
	head = text.splitlines()[:LINES_TO_JUDGE_BY]
	return max(DELIMITERS, key=lambda delimiter: _widest(head, delimiter)), text


def _widest(lines: list[str], delimiter: str) -> int:
	return max(len(row) for row in csv.reader(lines, delimiter=delimiter))


def _csv_rows(file: str, text: str, delimiter: str) -> Iterator[Row | LeftOut]:
	csv.field_size_limit(max(csv.field_size_limit(), len(text)))
	reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
	while True:
		line = reader.line_num + 1
		try:
			yield Row(line, tuple(cell.strip() for cell in next(reader)))
		except StopIteration:
			return
		except csv.Error as error:
			damage = DAMAGED_CSV.get(str(error), f"The quotation marks do not match ({error}).")
			yield LeftOut(file, line, damage)


def _workbook_rows(file: str, content: bytes) -> Iterator[Row]:
	try:
		import openpyxl
	except ImportError as error:
		raise Unusable(
			f'{file} is an Excel workbook, which takes openpyxl to read. Run  pip install "openpyxl>=3.1"'
			"  or save the file as CSV."
		) from error
	try:
		sheet = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True).worksheets[0]
		sheet.reset_dimensions()
		rows = list(sheet.iter_rows(values_only=True))
	except Exception as error:  # openpyxl lets whatever a damaged file provokes pass through
		raise Unusable(f"{file} is not an Excel workbook that can be read. Save it as CSV.") from error
	for line, cells in enumerate(rows, start=1):
		yield Row(line, tuple(_cell_text(cell) for cell in cells))


def _cell_text(cell: Any) -> str:
	if cell is None:
		return ""
	if isinstance(cell, bool):
		return str(int(cell))
	if isinstance(cell, datetime):
		return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
	if isinstance(cell, date | time):
		return cell.isoformat()
	return str(cell).strip()
