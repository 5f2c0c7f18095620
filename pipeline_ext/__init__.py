"""A governed sales pipeline on ERPNext's Lead, Opportunity and Quotation."""

__version__ = "0.1.0"
