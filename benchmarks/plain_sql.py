"""The plainest SQL that comes to the same totals as each report: no labels, no rules, no drill-down.

Each joins or reads Opportunity, because it decides what a reader may see. The periods are the reports' own.
"""

from __future__ import annotations

COMPANY = "`tabOpportunity`.company = %(company)s"
DEALS = f"`tabOpportunity` WHERE {COMPANY}"
WITH_DEAL = "JOIN `tabOpportunity` ON `tabOpportunity`.name = entry.document_name"
ENTRIES = (
	f"`tabPipeline Ledger Entry` entry {WITH_DEAL} WHERE entry.document_type = 'Opportunity' AND {COMPANY}"
)
LAST_YEAR = "CURDATE() - INTERVAL 1 YEAR"
OPEN = "status NOT IN ('Converted', 'Lost', 'Closed')"

DECIDED = f"""`tabPipeline Ledger Entry` entry {WITH_DEAL}
	WHERE entry.document_type = 'Opportunity' AND entry.move IN ('Won', 'Lost') AND {COMPANY}
	AND status IN ('Converted', 'Lost') AND NOT EXISTS (
		SELECT 1 FROM `tabPipeline Ledger Entry` later
		WHERE later.document_type = 'Opportunity' AND later.document_name = entry.document_name
		AND later.sequence > entry.sequence AND later.move IN ('Won', 'Lost', 'Reopen')
	)"""
MONTH_BEGAN = "DATE_FORMAT(CURDATE(), '%%Y-%%m-01')"

LAST_MONTH = f"{MONTH_BEGAN} - INTERVAL 1 MONTH"

FORECAST = (
	f"""SELECT YEAR(expected_closing), MONTH(expected_closing), opportunity_owner, sales_stage,
		pe_forecast_category, COUNT(*), SUM(base_opportunity_amount),
		SUM(base_opportunity_amount * by_month_0), SUM(base_opportunity_amount * by_month_5)
	FROM `tabOpportunity` LEFT JOIN `tabDeal Win Probability` chance
		ON chance.document_type = 'Opportunity' AND chance.document_name = `tabOpportunity`.name
		AND chance.is_current = 1
	WHERE {COMPANY} AND {OPEN} GROUP BY 1, 2, 3, 4, 5""",
	f"""SELECT YEAR(entry.posted_on), MONTH(entry.posted_on), opportunity_owner, SUM(base_opportunity_amount)
	FROM {DECIDED} AND status = 'Converted' AND entry.posted_on >= {LAST_YEAR} GROUP BY 1, 2, 3""",
	f"""SELECT entry.deal_owner, entry.forecast_category, entry.probability, SUM(entry.amount)
	FROM {ENTRIES} AND entry.outcome = 'Open' AND entry.posted_on < {LAST_MONTH}
	AND entry.expected_close >= {LAST_MONTH} AND entry.expected_close < {MONTH_BEGAN} AND NOT EXISTS (
		SELECT 1 FROM `tabPipeline Ledger Entry` later
		WHERE later.document_type = 'Opportunity' AND later.document_name = entry.document_name
		AND later.sequence > entry.sequence AND later.posted_on < {LAST_MONTH}
	) GROUP BY 1, 2, 3""",
)
STAGE_AGING = (
	f"""SELECT name, title, sales_stage, opportunity_owner, base_opportunity_amount, pe_stage_entered_on
	FROM {DEALS} AND {OPEN}""",
	f"""SELECT from_stage, ROUND(days_in_stage, 1), COUNT(*) FROM `tabPipeline Ledger Entry`
	WHERE document_type = 'Opportunity' AND company = %(company)s AND posted_on > {LAST_YEAR}
	AND from_stage != stage AND days_in_stage > 0 GROUP BY 1, 2""",
)
GATE_COMPLIANCE = (
	f"""SELECT refused.name, refused.from_stage FROM `tabGate Refusal` refused
	JOIN `tabOpportunity` ON `tabOpportunity`.name = refused.document_name
	WHERE refused.refused_on >= CURDATE() - INTERVAL 30 DAY AND {COMPANY}""",
	f"""SELECT entry.name, entry.from_stage, entry.verdicts FROM {ENTRIES}
	AND entry.would_refuse = 1 AND entry.posted_on >= CURDATE() - INTERVAL 30 DAY""",
	f"""SELECT given.name, given.from_stage, given.status FROM `tabGate Override` given
	JOIN `tabPipeline Ledger Entry` entry
		ON entry.document_type = 'Opportunity' AND entry.document_name = given.document_name
		AND entry.gate_override = given.name
	{WITH_DEAL} WHERE {COMPANY}
	AND (entry.posted_on >= CURDATE() - INTERVAL 30 DAY OR given.status = 'Owed')""",
)
QUOTE_APPROVALS = (
	"""SELECT policy, status, COUNT(*), SUM(quoted_value), AVG(TIMESTAMPDIFF(HOUR, requested_on, closed_on))
	FROM `tabQuote Approval` WHERE company = %(company)s AND requested_on >= CURDATE() - INTERVAL 90 DAY
	GROUP BY 1, 2""",
	*(
		f"""SELECT part.* FROM `tabQuote Approval {part}` part JOIN `tabQuote Approval` asked
		ON asked.name = part.parent
		WHERE asked.company = %(company)s AND asked.requested_on >= CURDATE() - INTERVAL 90 DAY"""
		for part in ("Step", "Decision", "Line")
	),
)
STAGE_CONVERSION = tuple(
	f"""SELECT entry.stage, COUNT(*) FROM {ENTRIES} AND entry.move IS NOT NULL
	AND entry.posted_on BETWEEN {LAST_YEAR} - INTERVAL {years} YEAR AND CURDATE() - INTERVAL {years} YEAR
	GROUP BY 1
	UNION ALL SELECT entry.from_stage, COUNT(*) FROM {ENTRIES} AND entry.from_stage != entry.stage
	AND entry.posted_on >= {LAST_YEAR} - INTERVAL {years} YEAR GROUP BY entry.from_stage, entry.move"""
	for years in (0, 1)
)
WIN_LOSS = (
	f"""SELECT opportunity_owner, status, COUNT(*), SUM(base_opportunity_amount),
		AVG(DATEDIFF(entry.posted_on, transaction_date))
	FROM {DECIDED} AND entry.posted_on >= {LAST_YEAR} GROUP BY 1, 2""",
)
WATERFALL = (
	f"""SELECT state.outcome, COUNT(*), SUM(state.amount) FROM (
		SELECT entry.document_name, entry.outcome, entry.amount,
			ROW_NUMBER() OVER (PARTITION BY entry.document_name ORDER BY entry.sequence DESC) AS back
		FROM {ENTRIES} AND entry.posted_on < {MONTH_BEGAN}
	) state WHERE state.back = 1 GROUP BY 1""",
	f"""SELECT entry.move, entry.changes, COUNT(*), SUM(entry.amount)
	FROM {ENTRIES} AND entry.posted_on >= {MONTH_BEGAN} GROUP BY 1, 2""",
	f"SELECT status, COUNT(*), SUM(base_opportunity_amount) FROM {DEALS} GROUP BY 1",
)
QUOTA = (
	f"""SELECT opportunity_owner, SUM(base_opportunity_amount) FROM {DECIDED}
	AND status = 'Converted' AND entry.posted_on >= DATE_FORMAT(CURDATE(), '%%Y-01-01') GROUP BY 1""",
	f"SELECT opportunity_owner, SUM(base_opportunity_amount) FROM {DEALS} AND {OPEN} GROUP BY 1",
)
ACCURACY = (
	f"""SELECT YEAR(entry.posted_on), MONTH(entry.posted_on), SUM(base_opportunity_amount) FROM {DECIDED}
	AND status = 'Converted' AND entry.posted_on >= {LAST_YEAR} GROUP BY 1, 2""",
)

# From a deal's rows on: what item rows were made from

QUOTED = """`tabQuotation Item` quoted
	JOIN `tabOpportunity` ON `tabOpportunity`.name = quoted.prevdoc_docname"""
ORDERED = f"{QUOTED} JOIN `tabSales Order Item` ordered ON ordered.quotation_item = quoted.name"
DELIVERED = f"{ORDERED} JOIN `tabDelivery Note Item` delivered ON delivered.so_detail = ordered.name"
INVOICED = f"{ORDERED} JOIN `tabSales Invoice Item` invoiced ON invoiced.so_detail = ordered.name"


def _total(amount: str, table: str, names: str, rows: str, key: str = "name") -> str:
	"""A total over the documents that the last year's deals led to."""
	return f"""SELECT SUM({amount}) FROM `tab{table}` document JOIN (
		SELECT DISTINCT {names} AS name FROM {rows}
		WHERE {COMPANY} AND `tabOpportunity`.transaction_date >= {LAST_YEAR}
	) found ON found.name = document.{key} WHERE document.docstatus = 1"""


LEAD_TO_CASH = (
	_total("base_grand_total", "Quotation", "quoted.parent", QUOTED),
	_total("base_grand_total", "Sales Order", "ordered.parent", ORDERED),
	_total("base_grand_total", "Delivery Note", "delivered.parent", DELIVERED),
	_total("base_grand_total", "Sales Invoice", "invoiced.parent", INVOICED),
	_total("outstanding_amount", "Sales Invoice", "invoiced.parent", INVOICED),
	_total("allocated_amount", "Payment Entry Reference", "invoiced.parent", INVOICED, "reference_name"),
)
