"""For tests, here and in other people's packages: the memory platform, the contract suite for adapters,
a clock to move. No production code imports it."""
