"""Tells a text that says something from one that was typed only to get past a gate."""

from __future__ import annotations

import re

WORDS = """
	asdf asdfg asdfgh asdfghjkl blah bla dummy foo foobar idk later lorem na n/a nil nix no none nothing null
	pending placeholder qwe qwer qwert qwerty qwertz something tba tbc tbd test testing todo unknown various
	whatever n.a xx xyz yes 123 1234 12345
"""
PHRASES = (
	"bla bla",
	"lorem ipsum",
	"not applicable",
	"not available",
	"not known",
	"to be confirmed",
	"to be decided",
	"to be defined",
	"to be determined",
)
STAND_INS = frozenset((*WORDS.split(), *PHRASES))
"""What people type instead of an answer; compared without case, spaces at the ends and punctuation."""

PASTED_TIMES = 3
"""A text that stands in this many other documents too was pasted, not written."""


def is_placeholder(text: str) -> bool:
	"""Whether a text says nothing: a stand-in, one character over and over, or no letter or digit at all."""
	plain = re.sub(r"<[^<>]+>", " ", text)
	plain = re.sub(r"\s+", " ", plain).strip(" .,;:!?-_*#()[]\"'").lower()
	if not re.search(r"\w", plain):
		return True
	return plain in STAND_INS or re.fullmatch(r"(\w)\1{2,}", plain) is not None
