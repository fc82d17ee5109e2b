"""The checks as CDK knows them: validation plugins that an app carries."""

from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

import jsii
from aws_cdk import (
    App,
    IPolicyValidationContext,
    IPolicyValidationPlugin,
    PolicyValidationPluginReport,
    PolicyViolatingResource,
    PolicyViolation,
    Validations,
)
from cdk_nag import AwsSolutionsChecks, NagPack, ServerlessChecks

from constructs_lib.arguments import require, require_kind
from constructs_lib.checks.acknowledged import PLUGIN, Acknowledgments
from constructs_lib.checks.finding import Finding
from constructs_lib.checks.judgement import judge
from constructs_lib.checks.model.severity import ERROR, WARNING, Severity
from constructs_lib.checks.reading import read
from constructs_lib.checks.registry import all_rules
from constructs_lib.checks.report.harmless import harmless
from constructs_lib.checks.rule import Rule
from constructs_lib.checks.uncollected import uncollected


@jsii.implements(IPolicyValidationPlugin)
class PatternChecks:
    """Judges an app's templates by the documented rules, each time it is synthesized.

    It reads the templates that the synth wrote, nested stacks too, and knows nothing of constructs: it costs
    milliseconds. Accept a finding with `acknowledge(construct, "RDS-6", reason=...)`.
    """

    def __init__(self, *, rules: Iterable[Rule] = (), strict: bool = False) -> None:
        """Judge by all rules of this library, and of packages that bring some.

        Args:
            rules: rules of your own, beside these.
            strict: whether warnings, and what could not be judged, fail the synth, too; then as errors.

        Raises:
            InvalidArgument: if two rules have one id, or a switch or a list that is none.
        """
        require_kind("strict", strict, bool, "constructs_lib.checks")
        require_kind("rules", rules, Iterable, "constructs_lib.checks")
        self._registry = all_rules(rules)
        self._strict = strict

    @property
    def name(self) -> str:
        """What stands before a rule's id where it is acknowledged."""
        return PLUGIN

    @property
    def version(self) -> str:
        """This library's."""
        return version("constructs-lib")

    @property
    def rule_ids(self) -> list[str]:
        """The rules that judge."""
        return [rule.id for rule in self._registry.rules]

    def validate(self, context: IPolicyValidationContext) -> PolicyValidationPluginReport:
        """Judge the templates; CDK calls it once a synth, with those of all stacks and stages."""
        with uncollected():
            assembly = read(_outermost(Path(path).parent for path in context.template_paths))
            judgement = judge(assembly, self._registry.rules)
        acknowledgments = Acknowledgments(assembly)
        findings = [each for each in judgement.findings if not acknowledgments.in_template(each)]
        violations = [
            *map(self._violation, findings),
            *(self._trouble("Unreadable", str(error)) for error in assembly.unreadable),
            *(self._trouble(name, f"the rule {name} broke: {why}") for name, why in judgement.broken.items()),
            *(
                self._trouble("Unloaded", f"{name} brings no rules: {why}")
                for name, why in self._registry.broken.items()
            ),
        ]
        return PolicyValidationPluginReport(
            success=not any(each.severity == ERROR for each in violations), violations=violations
        )

    def _weight(self, severity: Severity) -> Severity:
        return ERROR if self._strict else severity

    def _violation(self, finding: Finding) -> PolicyViolation:
        place = PolicyViolatingResource(
            resource_logical_id=finding.logical_id,
            template_path=finding.file,
            # As CDK writes places; it then tells the line of the app that set the property.
            locations=[".".join(finding.steps)],
        )
        return PolicyViolation(
            rule_name=finding.rule,
            description=harmless(finding.message),
            # CDK prints the fix, but not the metadata.
            fix=f"{harmless(finding.fix)}\n{finding.source}",
            severity=self._weight(finding.severity),
            rule_metadata={"source": finding.source},
            violating_resources=[place],
        )

    def _trouble(self, name: str, message: str) -> PolicyViolation:
        """Tell what could not judge; CDK prints only violations that are somewhere, so it is at the app."""
        return PolicyViolation(
            rule_name=name,
            description=harmless(message),
            severity=self._weight(WARNING),
            violating_resources=[PolicyViolatingResource(locations=[])],
        )


def add_checks(
    app: App,
    *,
    nag: Sequence[type[NagPack]] = (AwsSolutionsChecks, ServerlessChecks),
    strict: bool = False,
    rules: Iterable[Rule] = (),
) -> None:
    """Judge an app each time it is synthesized; an error fails the synth.

    Findings, and what was acknowledged with which reason, are written to ``validation-report.json`` beside the
    templates. CDK's own CloudFormation validation is part of every synth already; set the context value
    ``@aws-cdk/core:validateAgainstDefaultRules`` to true in ``cdk.json`` to make its findings errors too.

    Args:
        app: the app; everything in it is judged.
        nag: the cdk-nag packs to run beside `PatternChecks`.
        strict: whether warnings of `PatternChecks`, and what it could not judge, fail the synth, too.
        rules: rules of your own for `PatternChecks`, made by ``constructs_lib.checks.rule.rule``.

    Raises:
        InvalidArgument: if two rules have one id, a switch or a list that is none, or a pack that is none.
    """
    require_kind("nag", nag, Sequence, "constructs_lib.checks")
    for pack in nag:
        is_pack = isinstance(pack, type) and issubclass(pack, NagPack)
        require(is_pack, "nag", "be classes of cdk-nag's packs", pack, "constructs_lib.checks")
    Validations.of(app).add_plugins(PatternChecks(rules=rules, strict=strict), *(pack(app) for pack in nag))


def _outermost(folders: Iterable[Path]) -> list[Path]:
    """Leave out folders that are in another: stages are read with the app that they are of."""
    distinct = set(folders)
    return sorted(each for each in distinct if distinct.isdisjoint(each.parents))
