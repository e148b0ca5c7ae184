"""The day on paper: a sheet for each doctor."""
