"""What rules ask of an assembly: its network, its rights, its functions, its workflows."""
