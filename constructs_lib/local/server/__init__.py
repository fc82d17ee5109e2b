"""The process of one local AWS: the emulator, what it lacked, and the databases behind it."""
