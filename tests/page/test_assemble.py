"""How the page is put together: nothing in it can break out of its place, and the rule against sending stands first."""

import json
import re
from itertools import accumulate

import pytest
from ruamel.yaml import YAML
from source_imports import ROOT

from scratchnet.page import assemble as assembling
from scratchnet.page import scripts
from scratchnet.page.assemble import FOLDER, POLICY, assemble, inside_script
from scratchnet.page.formulas import formula
from scratchnet.page.scripts import DIRECTORY, SCRIPTS, read_scripts

RUN = {
    "made": {"command": "dvc repro", "versions": {}},
    "params": {},
    "classes": ["cat", "dog"],
    "perceptrons": {},
    "networks": {},
    "comparison": {},
    "data": None,
    "speed": None,
    "epochs": [],
    "signs": [],
    "missing": [],
    "notes": [],
}


def test_a_name_cannot_end_the_script_it_stands_in():
    name = "</script><script>alert(1)</script><!-- & \u2028 é"
    page = assemble(RUN | {"missing": [name]})
    assert "<script>alert" not in page
    (content,) = re.findall(r'<script type="application/json" id="run-data">(.*?)</script>', page, re.DOTALL)
    assert json.loads(content)["missing"] == [name]
    assert json.loads(inside_script(json.dumps("<<"))) == "<<"


def test_what_the_template_shows_is_escaped():
    page = assemble(RUN | {"made": {"command": "dvc <b>repro</b>", "versions": {}}})
    assert "dvc &lt;b&gt;repro&lt;/b&gt;" in page


def test_the_policy_stands_before_everything_that_it_rules():
    page = assemble(RUN)
    rule = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', page)
    assert rule[1].replace("&#39;", "'") == POLICY
    assert POLICY.startswith("default-src 'none'; ")
    assert "http" not in POLICY
    assert all(rule.start() < page.index(tag) for tag in ("<style", "<script", "<link"))


def test_the_page_names_no_other_place():
    page = re.sub(r"^\s*(//|\*).*$", "", assemble(RUN), flags=re.MULTILINE)  # a comment may say where a method is from
    addresses = set(re.findall(r"https?://[^\s'\")]+", page))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1998/Math/MathML"}  # names, not addresses
    calls = r"\b(fetch|XMLHttpRequest|WebSocket|EventSource|sendBeacon|importScripts|eval|Function)\s*\("
    assert re.findall(calls, "".join(read_scripts())) == []
    assert re.findall(r"\b(window\.open|location\.(href|assign|replace))", "".join(read_scripts())) == []


def test_formulas_become_mathml_and_a_command_that_is_not_known_is_an_error():
    assert str(formula(r"y = x W + b")).startswith("<math")
    assert 'display="block"' in formula("x", block=True)
    with pytest.raises(ValueError, match="unknowncommand"):
        formula(r"\unknowncommand x")


def test_a_template_that_asks_for_what_is_not_there_is_an_error(tmp_path, monkeypatch):
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/page.html.jinja").write_text("{{ run.nothing }}")
    (tmp_path / "style.css").write_text("")
    monkeypatch.setattr(assembling, "FOLDER", tmp_path)
    with pytest.raises(assembling.StrictUndefined()._undefined_exception):
        assemble(RUN)


@pytest.mark.parametrize("ending", ["</script>", "</SCRIPT >", "<!--"])
def test_a_script_that_would_end_its_element_is_refused(tmp_path, monkeypatch, ending):
    (tmp_path / "one.js").write_text(f'"use strict";\nconst text = "{ending}";\n')
    monkeypatch.setattr(scripts, "DIRECTORY", tmp_path)
    monkeypatch.setattr(scripts, "SCRIPTS", ("one.js",))
    with pytest.raises(ValueError, match=r"one\.js holds <"):
        read_scripts()


def test_every_script_is_in_the_page_once():
    assert len(SCRIPTS) == len(set(SCRIPTS))
    assert set(SCRIPTS) == {file.relative_to(DIRECTORY).as_posix() for file in DIRECTORY.rglob("*.js")}


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_is_strict_and_short(name):
    lines = (DIRECTORY / name).read_text("utf-8").splitlines()
    assert lines[0] == '"use strict";'
    assert lines[1].startswith("// ")
    assert len(lines) < 200


def test_what_scripts_define_for_all_has_one_name_each():
    definition = re.compile(r"^(?:async )?(?:function\*?|class|const|let|var) (\w+)", re.MULTILINE)
    defined = [name for file in SCRIPTS for name in definition.findall((DIRECTORY / file).read_text("utf-8"))]
    assert sorted(set(defined)) == sorted(defined)


def test_every_brace_of_the_style_is_closed():
    """A browser says nothing, and takes all that follows for a part of what is open."""
    depths = accumulate({"{": 1, "}": -1}.get(sign, 0) for sign in (FOLDER / "style.css").read_text("utf-8"))
    *before, last = depths
    assert (min(before), last) == (0, 0)


def test_dvc_makes_the_page_anew_when_anything_of_it_changes():
    deps = YAML(typ="safe").load(ROOT / "dvc.yaml")["stages"]["page"]["deps"]
    files = [
        file for file in (ROOT / "scratchnet/page").rglob("*") if file.is_file() and "__pycache__" not in file.parts
    ]
    uncovered = [file for file in files if not any(ROOT / dep in (file, *file.parents) for dep in deps)]
    assert uncovered == []
