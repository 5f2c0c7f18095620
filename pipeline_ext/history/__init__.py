"""The ledger's write side: how entries come in, one by one or in bulk, and how their chains are checked."""
