"""A small pipeline that the tests of the decisions share."""

from pipeline_ext.domain.comparison import TODAY, Kind
from pipeline_ext.domain.exit_criteria import FieldCriterion, LinkedCriterion
from pipeline_ext.domain.pipeline import Outcome, Pipeline, Stage

CONTACT = FieldCriterion("contact", "Contact known", "contact_email", Kind.TEXT, "is set")
AMOUNT = FieldCriterion("amount", "Amount set", "amount", Kind.NUMBER, ">", 0.0)
CLOSE = FieldCriterion("close", "Close ahead", "close", Kind.DATE, ">=", TODAY)
INDUSTRY = FieldCriterion("industry", "Industry known", "industry", Kind.TEXT, "is set", blocks=False)
QUOTE = LinkedCriterion("quote", "Quote sent", "Quotation")
ORDER = LinkedCriterion("order", "Order there", "Sales Order")
REASON = FieldCriterion("reason", "Reason known", "reasons", Kind.TABLE, "is set")

B2B = Pipeline(
	"B2B",
	"Opportunity",
	(
		Stage("Discover", probability=10, criteria=(CONTACT,)),
		Stage("Qualify", probability=30, criteria=(AMOUNT, CLOSE, INDUSTRY)),
		Stage("Quote", probability=60, criteria=(QUOTE,)),
		Stage("Won", Outcome.WON, 100, "Closed", criteria=(ORDER,)),
		Stage("Lost", Outcome.LOST, 0, "Omitted", criteria=(REASON,)),
	),
)
