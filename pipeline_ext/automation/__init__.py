"""What the app does by itself: notices, actions on entry of a stage, reminders, the settling of overrides."""
