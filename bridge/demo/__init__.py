"""Three networks on this machine, the bridge between them, and one page to try it on."""
