"""Room flows/acts."""
