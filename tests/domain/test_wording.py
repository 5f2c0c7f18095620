"""Texts that read alike, and those that do not."""

import pytest

from pipeline_ext.domain.wording import reads_alike

TERMS = "<p>Pay within <b>10</b> days.</p><p>No returns.</p>"


@pytest.mark.parametrize(
	"same",
	[
		TERMS,
		f'<div class="ql-editor read-mode">{TERMS}</div>',
		"<div>Pay within\n <b class='x'>10</b>&nbsp;days.</div>\n<div>No   returns.<br></div>",
		f"{TERMS}<!-- seen by nobody -->",
	],
)
def test_what_an_editor_wraps_around_it_changes_nothing(same):
	assert reads_alike(TERMS, same)


@pytest.mark.parametrize(
	"other",
	[
		"",
		"Pay within 30 days. No returns.",
		"<p>Pay within <s>10</s> days.</p><p>No returns.</p>",
		"<p>Pay within <b>10</b> days.</p><p style='display:none'>No returns.</p>",
		"<p>Pay within <b>10</b> days.</p><p><del>No returns.</del></p>",
		"<p>No returns.</p><p>Pay within <b>10</b> days.</p>",
		f"{TERMS}<img src='/files/other-terms.png'>",
		f"{TERMS}<a href='/files/other-terms.pdf'></a>",
	],
)
def test_what_a_reader_sees_is_a_change(other):
	assert not reads_alike(TERMS, other)


def test_nothing_reads_like_nothing():
	assert reads_alike("", "<div class='ql-editor'><p><br></p></div>")
