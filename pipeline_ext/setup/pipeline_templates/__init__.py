"""Pipelines that a site may start with, as data: one module each, with the same five names."""
