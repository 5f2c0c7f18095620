"""Demo data: two years of a made-up company, told as a story and played through ERPNext's own documents."""
