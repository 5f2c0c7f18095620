"""What install puts on a site, what migrate keeps there, and what uninstall takes away."""
