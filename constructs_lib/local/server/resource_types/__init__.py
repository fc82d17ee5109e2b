"""The CloudFormation types that the emulator lacked, or did not take seriously."""
