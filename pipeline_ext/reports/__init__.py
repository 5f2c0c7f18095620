"""The read side: permission-aware queries and documents to domain facts."""
