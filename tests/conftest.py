"""What every test needs: a synth that only synthesizes, and no way to a real AWS account."""

import os
import signal

# A run in the background of a shell starts with interrupts ignored, and so would all that the tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)

# CDK's CloudFormation validator is most of a synth's time; the sample app's synth in CI leaves it on.
os.environ["CDK_VALIDATION"] = "false"

for name in [name for name in os.environ if name.startswith("AWS_")]:
    if name != "AWS_CA_BUNDLE":
        del os.environ[name]

# The first runs pytest inside a test, for the plugin's own tests; the second hands tests out to workers.
pytest_plugins = ["pytester", "tests.workers"]
