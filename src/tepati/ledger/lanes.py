"""Room ledger: pending rows and leaves are spread over lanes, chosen at random, by which they are distributed."""

LANES = 16
ALL_LANES = ", ".join(map(str, range(LANES)))
