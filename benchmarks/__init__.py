"""What is measured, in one run, side by side; anyone can run it."""

import os

# CDK's CloudFormation validator is most of a synth's time and the same for everyone; Node reads this when it starts.
os.environ["CDK_VALIDATION"] = "false"
