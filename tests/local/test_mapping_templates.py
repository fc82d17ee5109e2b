"""Mapping templates by themselves: the language, and what API Gateway gives it to work with."""

import json
from typing import Any

import pytest

from constructs_lib.local.server.api_gateway.java import TemplateError
from constructs_lib.local.server.api_gateway.json_document import NotJsonError
from constructs_lib.local.server.api_gateway.template import Template
from constructs_lib.local.server.api_gateway.variables import Request

_BODY = {"item": "chair", "count": 3, "parts": [{"name": "leg"}, {"name": "seat"}], "none": None, "odd name": True}


def request(body: Any = _BODY, **context: Any) -> Request:
    parameters = {"path": {"id": "7"}, "querystring": {"id": "8", "page": "2"}, "header": {"x-trace": "t"}}
    text = body if isinstance(body, str) else json.dumps(body)
    return Request(text, parameters, {"responseOverride": {"header": {}}} | context, {"table": "orders"})


def rendered(template: str, body: Any = _BODY, **context: Any) -> str:
    asked = request(body, **context)
    return Template(template).render(asked.variables(asked.body))


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("plain # text, 5$ and #5", "plain # text, 5$ and #5"),
        ("a## to the end\nb #* within\n*#c", "ab c"),
        ("#set($name = 'x')$name ${name}y $!{name} $name.length()", "x xy x 1"),
        ("$unknown ${unknown} $!unknown|", "$unknown ${unknown} |"),
        ("$context.unknown|$input.path('$.unknown')|", "||"),
        ('#set($a = "it is $input.path(\'$.item\')""")$a', 'it is chair"'),
        ("#set($a = '$plain ''quoted''')$a", "$plain 'quoted'"),
        ("#set($a = {'k': [1, 2.5, true], \"l\": {}})$a.k[1] $a['k'].size() $a.get('l') $a.none", "2.5 3 {} $a.none"),
        ("#set($a = {})#set($a.b = 1)#set($a['c'] = 2)$!a.put('d', 3)$a", "{b=1, c=2, d=3}"),
        ("#set($a = [])#set($x = $a.add('one'))$a.get(0)$a.isEmpty()", "onefalse"),
        ("#set($a = 1)#set($a = $nothing)$a", "1"),
        ("#set($a = 1 + 2 * 3 - 4 / 3 % 2)$a", "6"),
        ("#set($a = (1 + 2) * 3)$a", "9"),
        ("#set($a = 'a' + 1)$a", "a1"),
        ("#set($a-b = 1)$a-b", "1"),
    ],
)
def test_text_and_references(template: str, text: str) -> None:
    assert rendered(template) == text


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("true", True),
        ("false", False),
        ("$nothing", False),
        ("''", True),
        ("!$nothing", True),
        ("not true", False),
        ("1 == 1.0 && 'a' != 'b'", True),
        ("false && true || true", True),
        ("2 >= 2 && 2 <= 2 && 1 < 2 && !(2 > 2)", True),
        ("'a' < 'b'", False),
        ("$input.path('$.count') == 3", True),
        ("$input.path('$.count') == '3'", True),
        ("$input.path('$.none') == $null", True),
        ('"$!input.path(\'$.none\')" == ""', True),
        ("$input.body.matches('(?s).*chair.*')", True),
        ("$input.body.matches('chair')", False),
    ],
)
def test_conditions(condition: str, holds: bool) -> None:
    assert rendered(f"#if({condition})yes#{{else}}no#end") == ("yes" if holds else "no")


def test_the_first_branch_that_holds_is_taken() -> None:
    template = "#if($n == 1)\none\n#elseif($n == 2)\ntwo#if(true) inner#end\n#else\nmore\n#end\n|"
    assert [rendered(f"#set($n = {number}){template}") for number in (1, 2, 3)] == ["one\n|", "two inner|", "more\n|"]
    assert rendered("#if(false)a#end|") == "|"


def test_a_list_is_gone_through() -> None:
    turn = "$foreach.count:$part.name#if($foreach.hasNext),#end"
    assert rendered(f"#foreach($part in $input.path('$.parts')){turn}#end") == "1:leg,2:seat"
    assert rendered("#foreach($value in {'a': 1, 'b': 2})$value#end") == "12"
    assert rendered("#foreach($value in $nothing)$value#end|") == "|"


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (r"""$a.replaceAll("\\'", "'")""", "it's b.b"),
        ('$a.replaceAll("(b)[.]", "<$1>")', r"it\'s <b>b"),
        (r'$a.replaceAll("b", "\$")', r"it\'s $.$"),
        ('$a.replace("b.", "c")', r"it\'s cb"),
        ("$a.split(' ').size()", "2"),
        ("$a.indexOf('b')$a.substring(6)$a.substring(6, 7)", "6b.bb"),
        ("$a.contains('b.')$a.startsWith('x')$a.endsWith('b')$a.isEmpty()$a.equals('b')", "truefalsetruefalsefalse"),
        ("$a.toUpperCase()$a.toLowerCase().trim().length()", r"IT\'S B.B9"),
        ("$a.toString()", r"it\'s b.b"),
    ],
)
def test_methods_of_text_are_those_of_java(expression: str, text: str) -> None:
    assert rendered(rf"#set($a = 'it\''s b.b'){expression}") == text


def test_the_body_is_read_and_written() -> None:
    assert rendered("$input.json('$')") == json.dumps(_BODY, separators=(",", ":"))
    assert (
        rendered("""$input.json('$.parts[1].name') $input.json("$['odd name']") $input.json('$.x')""")
        == '"seat" true ""'
    )
    assert rendered("$input.path('$.parts[0].name') $input.path('$.parts')") == "leg [{name=leg}, {name=seat}]"
    assert rendered("$input.body|$input.json('$')", "") == "|{}"
    assert rendered("$input.json('$')", f"[{10**40}, 0.1]") == f"[{10**40},0.1]"
    for text in ("no JSON", '{"a": NaN}', '{} {"b": 1}'):
        with pytest.raises(NotJsonError):
            rendered("$input.json('$')", text)
        assert rendered("$input.body", text) == text


def test_parameters_are_found_by_place_and_by_name() -> None:
    assert (
        rendered("$input.params('id') $input.params('page') $input.params('X-Trace') $input.params('x')|") == "7 2 t |"
    )
    assert rendered("$input.params().querystring.get('id') $input.params().path.id") == "8 7"
    assert rendered("$stageVariables.table") == "orders"


def test_what_is_escaped_stays_within_its_string() -> None:
    hostile = "\"'\\/\b\f\n\r\t\x01é\u2028\U0001f600"
    escaped = rendered("$util.escapeJavaScript($input.path('$'))", hostile and json.dumps(hostile))
    assert escaped == r"\"\'\\\/\b\f\n\r\t\u0001\u00E9\u2028\uD83D\uDE00"
    assert json.loads(f'"{escaped}"'.replace(r"\'", "'")) == hostile


def test_other_utilities() -> None:
    assert rendered("$util.urlEncode('a b&c=*~é')") == "a+b%26c%3D*%7E%C3%A9"
    assert rendered("$util.urlDecode('a+b%26')") == "a b&"
    assert rendered("$util.base64Encode('é')$util.base64Decode('w6k=')") == "w6k=é"
    assert rendered("""$util.parseJson('{"a": [1]}').a[0]""") == "1"


def test_who_asks_is_told_and_the_status_is_kept() -> None:
    asked = request(authorizer={"claims": {"sub": "1", "cognito:groups": "[a b]"}})
    template = Template("#set($context.responseOverride.status = 429)$context.authorizer.claims['cognito:groups']")
    assert template.render(asked.variables("")) == "[a b]"
    assert asked.context["responseOverride"]["status"] == 429


@pytest.mark.parametrize(
    "template",
    [
        "#if(true)",
        "#end",
        "#else",
        "#if true #end",
        "#set(a = 1)",
        "#set($a 1)",
        "#set($a = )",
        "#foreach($a of [1])#end",
        "#foreach($a in [1])",
        "${a",
        "$input.json('$..deep')",
        "$util.unknown('a')",
        "#set($a = 'text')$a.unknown()",
        "#set($input.body.x = 1)",
    ],
)
def test_what_is_no_template_or_is_not_known_is_said(template: str) -> None:
    with pytest.raises(TemplateError):
        rendered(template)
