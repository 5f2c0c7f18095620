"""Read permission on opportunities for ERPNext's finance roles: given on request."""

from __future__ import annotations

from pipeline_ext.setup.access import Grant

FINANCE = Grant(
	"Opportunity", {"Accounts User": (), "Accounts Manager": ()}, key="pipeline_ext_finance_rules"
)


def give() -> None:
	FINANCE.give()


def take_back() -> None:
	FINANCE.take_back()
