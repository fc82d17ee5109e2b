"""Connections to a `ProxiedDatabase` from a function, or from anywhere with its environment; never imports aws_cdk.

``from constructs_lib.relational.client import postgres`` or ``mysql``, whose ``connection()`` returns a live one.
"""
