"""Whether two texts with markup read alike."""

from __future__ import annotations

from html.parser import HTMLParser

WRAPPERS = {"html", "body", "div", "p", "span", "br", "tbody"}
UNSEEN = {"class", "id", "contenteditable", "spellcheck", "rel", "target"}


def reads_alike(text: str, other: str) -> bool:
	"""Whether a reader sees no difference: neither in the words, nor in what marks, links or hides them.

	What editors wrap around a text, and white space, make none.
	"""
	return _as_read(text) == _as_read(other)


def _as_read(text: str) -> list[str]:
	reader = _Reader()
	reader.feed(text)
	reader.close()
	return reader.seen


class _Reader(HTMLParser):
	"""Collects the words of a text, and the markup that changes what they say."""

	def __init__(self) -> None:
		super().__init__(convert_charrefs=True)
		self.seen: list[str] = []

	def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
		marks = sorted(f"{name}={value}" for name, value in attrs if self._is_seen(name))
		if marks or tag not in WRAPPERS:
			self.seen.append(" ".join(("<", tag, *marks)))

	def handle_endtag(self, tag: str) -> None:
		if tag not in WRAPPERS:
			self.seen.append(f"</ {tag}")

	def handle_data(self, data: str) -> None:
		self.seen += data.split()

	@staticmethod
	def _is_seen(attribute: str) -> bool:
		return attribute not in UNSEEN and not attribute.startswith("data-")
