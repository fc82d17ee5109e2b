"""The rule of what functions carry."""

import zipfile
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.checks.model.severity import ERROR, WARNING
from constructs_lib.checks.model.stack import Stack
from tests.checks.judged import changed, findings, found, right, without
from tests.checks.laid import laid, lay

CODE = [("LAMBDA-4", "Resize/Properties/Code")]
HASH = "9c6fb024141b9f250937f3d343393b13ac4bf1c616f9264a256b8ef352c5d0f4"


def sized(megabytes: int) -> dict[str, Any]:
    return changed(right("LAMBDA-4"), "Resize.Metadata.aws:asset:path", f"asset.{megabytes}-MB")


def with_layer(body: dict[str, Any], megabytes: int) -> dict[str, Any]:
    layer = {
        "Type": "AWS::Lambda::LayerVersion",
        "Metadata": {"aws:asset:path": f"asset.{megabytes}-MB", "aws:asset:property": "Content"},
        "Properties": {"Content": {"S3Bucket": "code", "S3Key": "fonts.zip"}},
    }
    return changed(
        changed(body, "Fonts", layer), "Resize.Properties.Layers", [{"Ref": "Fonts"}, "arn:aws:lambda:::any"]
    )


def zipped(file: Path, megabytes: int, *, size: int = 0) -> None:
    """Make an archive whose directory tells of something large, or that is itself of some size."""
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("content", b"")
        archive.infolist()[0].file_size = megabytes * 1_048_576
    data = file.read_bytes()
    with file.open("r+b") as opened:
        # An archive may have anything before it.
        opened.seek(max(0, size - len(data)))
        opened.write(data)


def test_the_limit_itself(tmp_path: Path) -> None:
    assert found(laid(sized(250), tmp_path)) == []
    lay(tmp_path / "asset.250-MB" / "more" / "tiny", 0)
    assert found(laid(sized(250), tmp_path)) == []
    (tmp_path / "asset.250-MB" / "more" / "tiny").write_text("x")
    assert found(laid(sized(250), tmp_path)) == CODE


def test_layers_count(tmp_path: Path) -> None:
    assert found(laid(with_layer(sized(120), 130), tmp_path)) == []
    assert found(laid(with_layer(sized(120), 131), tmp_path)) == CODE
    assert "251.0 MB" in findings(laid(with_layer(sized(120), 131), tmp_path))[0].message


def test_a_layer_alone_counts(tmp_path: Path) -> None:
    assert found(laid(without(with_layer(sized(120), 260), "Resize.Metadata"), tmp_path)) == CODE


def test_code_without_metadata_is_found_by_its_key(tmp_path: Path) -> None:
    body = changed(without(sized(120), "Resize.Metadata"), "Resize.Properties.Code.S3Key", f"{HASH}.zip")
    lay(tmp_path / f"asset.{HASH}" / "content", 260)
    assert found(laid(body, tmp_path)) == CODE


def test_a_stage_has_its_assets_a_folder_higher(tmp_path: Path) -> None:
    body = changed(sized(260), "Resize.Metadata.aws:asset:path", "../asset.big")
    lay(tmp_path / "asset.big" / "content", 260)
    assert found(laid(body, tmp_path / "assembly-Prod")) == CODE


@pytest.mark.parametrize("property_", ["Code.ImageUri", "Content", None])
def test_an_asset_of_another_property_does_not_count(tmp_path: Path, property_: str | None) -> None:
    assert found(laid(changed(sized(260), "Resize.Metadata.aws:asset:property", property_), tmp_path)) == []


def test_nothing_is_known_without_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    laid(sized(260), tmp_path)
    monkeypatch.chdir(tmp_path)
    assert found(sized(260)) == []


@pytest.mark.parametrize(
    "path", ["asset.gone", "..", "/", "", "asset.a/../..", "asset." + "x" * 5_000, 1, {"Ref": "X"}]
)
def test_an_asset_that_is_not_there(tmp_path: Path, path: Any) -> None:
    lay(tmp_path / "large", 260)
    assert found(laid(changed(sized(260), "Resize.Metadata.aws:asset:path", path), tmp_path / "assembly")) == []


def test_no_template_leads_out_of_the_assembly(tmp_path: Path) -> None:
    lay(tmp_path / "elsewhere" / "asset.x" / "content", 260)
    body = changed(sized(260), "Resize.Metadata.aws:asset:path", "../../elsewhere/asset.x")
    assert found(laid(body, tmp_path / "app" / "cdk.out")) == []


def test_links_do_not_count(tmp_path: Path) -> None:
    stack = laid(sized(1), tmp_path)
    lay(tmp_path / "large" / "content", 260)
    (tmp_path / "asset.1-MB" / "link").symlink_to(tmp_path / "large" / "content")
    (tmp_path / "asset.1-MB" / "folder").symlink_to(tmp_path / "large")
    assert found(stack) == []


def archive_stack(folder: Path) -> Stack:
    body = without(sized(1), "Resize.Metadata")
    return laid(changed(body, "Resize.Properties.Code.S3Key", f"{HASH}.zip"), folder)


def test_an_archive_counts_by_what_is_in_it(tmp_path: Path) -> None:
    zipped(tmp_path / f"asset.{HASH}.zip", 251)
    assert [(each.rule, each.severity) for each in findings(archive_stack(tmp_path))] == [("LAMBDA-4", ERROR)]


def test_a_large_archive_is_a_warning(tmp_path: Path) -> None:
    limit = 50 * 1_048_576
    zipped(tmp_path / f"asset.{HASH}.zip", 1, size=limit + 1)
    assert [(each.rule, each.severity) for each in findings(archive_stack(tmp_path))] == [("LAMBDA-4", WARNING)]
    zipped(tmp_path / f"asset.{HASH}.zip", 1, size=limit)
    assert findings(archive_stack(tmp_path)) == []


def test_a_large_folder_is_no_warning(tmp_path: Path) -> None:
    assert found(laid(sized(60), tmp_path)) == []
