"""Room registers: facts linked to persons, never their identifying values. One module a register, SQL by hand."""
