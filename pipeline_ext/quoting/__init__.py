"""What happens to a quote: its approval is asked for, given and closed; its revisions follow each other."""
