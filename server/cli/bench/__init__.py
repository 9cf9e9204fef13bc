"""``illuminas bench``: its options, progress, tables, plots and reports."""
