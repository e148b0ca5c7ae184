"""Working hours as their doctor edits them: a week of rows, and single dates."""
