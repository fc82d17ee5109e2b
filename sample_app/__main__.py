"""What ``cdk.json`` runs: synthesize the app."""

from sample_app.app import purchase_desk

purchase_desk().synth()
