"""The decisions, in plain Python: no frappe, no clock, no I/O."""
