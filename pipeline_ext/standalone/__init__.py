"""The decisions of the domain on exported files: no frappe, no bench, no network."""
