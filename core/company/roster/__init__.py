"""People and teams as they come from a spreadsheet: read, checked row by row, kept until all is answered, taken in."""
