"""The trial app: plain aws-cdk-lib, as a user of the kit may have who uses nothing else of the library."""

import aws_cdk as cdk

from tests.local.trial.data import Data
from tests.local.trial.items import Items

if __name__ == "__main__":
    app = cdk.App()
    for stack in (Data, Items):
        stack(app, stack.__name__)
    app.synth()
