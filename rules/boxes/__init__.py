"""The solver that tables and checks share: facts' values as atoms, conditions as boxes of them, and which boxes meet."""
