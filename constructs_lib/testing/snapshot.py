"""The form in which a template lies on disk as a snapshot: one readable JSON file a test."""

import json
from typing import Any

from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode


class TemplateSnapshot(SingleFileSnapshotExtension):
    """Writes JSON with two spaces and sorted keys, so that a diff in review shows what changes in the stack."""

    _write_mode = WriteMode.TEXT
    file_extension = "template.json"

    def serialize(self, data: Any, **_: Any) -> str:
        """Render a template; the order of its keys says nothing to CloudFormation."""
        return json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
