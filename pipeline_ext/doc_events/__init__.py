"""What happens on the events of foreign DocTypes: one file a DocType, one function an event."""
