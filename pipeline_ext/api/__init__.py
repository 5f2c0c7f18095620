"""What the desk and other programs may call; every function checks permission itself."""

from pipeline_ext.api.figures import deals_behind, forecast, lead_to_cash
from pipeline_ext.api.gates import (
	change_pipeline,
	confirm_criterion,
	form_options,
	gate_status,
	move,
	preview_move,
)
from pipeline_ext.api.policies import policy_form_options, try_policy
from pipeline_ext.api.printing import download_multi_pdf, download_multi_pdf_async
from pipeline_ext.api.quotes import (
	answer_question,
	ask_question,
	decide,
	hand_over,
	preview_approval,
	preview_order_approval,
	recall_approval,
	request_approval,
	request_order_approval,
	view_approval,
	waiting_for_me,
)
from pipeline_ext.api.revisions import compare_revisions, list_revisions, make_revision
from pipeline_ext.api.win_probability import win_probability

__all__ = [
	"answer_question",
	"ask_question",
	"change_pipeline",
	"compare_revisions",
	"confirm_criterion",
	"deals_behind",
	"decide",
	"download_multi_pdf",
	"download_multi_pdf_async",
	"forecast",
	"form_options",
	"gate_status",
	"hand_over",
	"lead_to_cash",
	"list_revisions",
	"make_revision",
	"move",
	"policy_form_options",
	"preview_approval",
	"preview_move",
	"preview_order_approval",
	"recall_approval",
	"request_approval",
	"request_order_approval",
	"try_policy",
	"view_approval",
	"waiting_for_me",
	"win_probability",
]
