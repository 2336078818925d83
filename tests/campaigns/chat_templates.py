"""Random templates, seeded, rendered by Jinja2 as transformers sets it up and by `rollouts tokenize`: text for text, error for error.

Needs python3 with jinja2 3.1. usage: chat_templates.py TOOL MODEL [TEMPLATES] [SEED]
"""
import copy, json, random, subprocess, sys, warnings

import jinja2
from jinja2.ext import Extension, loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

warnings.simplefilter("ignore")
tool, model = sys.argv[1], sys.argv[2]
count, seed = int((sys.argv + ["20000"])[3]), int((sys.argv + ["1"] * 2)[4])
rng = random.Random(seed)
pick = rng.choice


class Generation(Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("render"), [], [], body).set_lineno(line)

    def render(self, caller):
        return caller()


def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


reference = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols])
reference.filters["tojson"] = tojson

VARIABLES = {
    "s": "Hello, World", "u": "naïve 🤗 straße", "n": 5, "z": 0, "f": 2.5, "neg": -7, "t": True, "no": None, "l": [3, 1, 2], "ls": ["b", "A", "c", "a"],
    "d": {"b": 1, "a": [1, {"x": None}], "items": "own"}, "big": 123456789012345678901234567890, "e": "", "el": [], "ml": "a\nb\n\nc\n", "html": "<a href=\"x\">&'</a>",
    "m": [{"role": "user", "content": "Hi  there "}, {"role": "assistant", "content": "<think>x</think>Yo", "n": 2}, {"role": "user", "content": "ok", "n": 1.5}],
}
NAMES = list(VARIABLES) + ["undef"]
CONSTANTS = "0 1 -1 2 3 10 1.5 0.1 1e20 1e-7 'a' 'l' ' ' '' ',' 'x y z' true false none [] [1,2] (1,) (1,'a') {} {'k':1} '%s' '%d' '🤗' 1000 0.5 123456789.125 '12' ' 7 ' '1.5'".replace("' '", "'_'").replace("' 7 '", "'7'").replace("'x y z'", "'x_y'").split()
FILTERS = """upper lower capitalize title trim length first last list sort unique|list reverse|list join(',') join string int float abs round round(1) round(2,'floor') round(1,'ceil') tojson tojson(indent=2)
tojson(sort_keys=true) default('D') default('D',true) replace('l','LL') replace('a','b',1) indent(2,true) indent(first=true,blank=true) truncate(5) truncate(8,true) wordcount center(20) map('upper')|list map('length')|list
map(attribute='role')|list map(attribute='n',default=0)|list select|list reject|list select('string')|list select('gt',1)|list selectattr('n')|list selectattr('role','equalto','user')|list rejectattr('n','defined')|list sum
sum(attribute='n') min max batch(2)|list batch(2,'-')|list slice(2)|list slice(3,'z')|list dictsort dictsort(by='value') items|list groupby('role') groupby('n',default=0) striptags urlencode format(1,'x') filesizeformat
sort(reverse=true) sort(attribute='n') sort(case_sensitive=true) count list|tojson(separators=(',',':')) int(9) float(1.5) string|length""".split()
TESTS = "defined undefined none string number integer float boolean mapping sequence iterable callable odd even true false lower upper divisibleby(2) eq(5) ne(1) lt(3) ge(2) in([1,2,'a']) sameas(true) sameas(none) greaterthan(1)".split()
METHODS = """upper() lower() strip() strip('Hd') lstrip() rstrip('\\n') split() split('l') split('_',1) rsplit('l',1) split(none,1) splitlines() startswith('H') endswith(('d','y')) find('l') rfind('l') find('o',5) count('l')
replace('l','') replace('','-') title() capitalize() swapcase() isdigit() isalpha() isupper() islower() isspace() isalnum() istitle() join(['a','b']) center(15,'*') ljust(15,'.') rjust(15) zfill(12) partition('l') rpartition('l')
removeprefix('He') removesuffix('ld') format(1,2) items() keys() values() get('a') get('zz') get('zz',3) index(1) count(1) append(1) pop() expandtabs(4) isnumeric() index('l') isdecimal() isidentifier() splitlines(true)""".split()
OPERATORS = "+ - * / // % ~ == != < > <= >= in and or".split() + ["not in"]
ITEMS = "[0] [-1] ['a'] [99] ['items'] .a .b .x .items .role [1.5] [none] [true]".split()
SLICES = "[1:] [:-1] [::-1] [1:3] [::2] [-2:] [5:1:-2] [:2] [10:]".split()


def expression(depth):
    if depth <= 0 or rng.random() < 0.15:
        return pick(NAMES) if rng.random() < 0.6 else pick(CONSTANTS)
    inner = lambda: expression(depth - 1)
    return pick([
        lambda: f"({inner()} | {pick(FILTERS)})", lambda: f"({inner()}).{pick(METHODS)}", lambda: f"({inner()} {pick(OPERATORS)} {inner()})", lambda: f"({inner()}){pick(ITEMS)}",
        lambda: f"{pick(NAMES)}{pick(SLICES)}", lambda: f"({inner()} is {pick(['', 'not '])}{pick(TESTS)})", lambda: f"({inner()} if {inner()} else {inner()})", lambda: f"({inner()} if {inner()})",
        lambda: f"{pick(['not ', '-', '+'])}({inner()})", lambda: f"[{inner()}, {inner()}]", lambda: f"({inner()}, {inner()})", lambda: f"{{'q': {inner()}, 'r': {inner()}}}", lambda: f"{inner()} {pick(OPERATORS)} {inner()}",
    ])()


def space():
    return pick(["", " ", "\n", "  ", "\n  ", "\t", " x ", "\n\n"])


def tag(text):
    return "{%" + pick(["", "", "-", "+"]) + " " + text + " " + pick(["", "", "-", "+"]) + "%}"


def output(text):
    return "{{" + pick(["", "", "-"]) + " " + text + " " + pick(["", "", "-"]) + "}}"


def statement(depth):
    if depth <= 0:
        return space() + output(expression(1)) + space()
    body = lambda: "".join(statement(depth - 1) for _ in range(rng.randrange(1, 3)))
    jump = lambda: pick(["", tag("if loop.index == 2") + tag(pick(["break", "continue"])) + tag("endif")])
    call = lambda: output("mac(" + pick(["", "1", "1,2", "a='k'", "1,c=3", "1,2,3,4", "zz=1"]) + ")")
    return space() + pick([
        lambda: output(expression(2)),
        lambda: tag(f"if {expression(2)}") + body() + tag(f"elif {expression(1)}") + body() + tag("else") + body() + tag("endif"),
        lambda: tag(f"for i in {expression(2)}{pick([' if i', '', '', ''])}") + body() + "{{ loop.index }}{{ i }}" + jump() + body() + pick(["", tag("else") + body()]) + tag("endfor"),
        lambda: tag(f"set v = {expression(2)}") + output("v"),
        lambda: tag(f"set w{pick([' | upper', '', ' | trim'])}") + body() + tag("endset") + output("w"),
        lambda: tag(f"macro mac(a, b={expression(1)}, c='q')") + body() + pick(["", "{{ caller() if caller is defined }}", "{{ varargs }}{{ kwargs }}"]) + tag("endmacro") + space() + call(),
        lambda: "{#" + pick(["", "-"]) + " c {{ x }} " + pick(["", "-"]) + "#}",
        lambda: tag("raw") + space() + "{{ a }}{% b %}" + space() + tag("endraw"),
        lambda: tag("generation") + body() + tag("endgeneration"),
        lambda: tag("filter " + pick(["upper", "trim|lower", "replace('a','b')"])) + body() + tag("endfilter"),
        lambda: "{% set ns = namespace(x=1) %}" + space() + tag("for q in l") + tag("set ns.x = ns.x + q") + body() + tag("endfor") + "{{ ns.x }}",
        lambda: tag(f"with a = {expression(1)}, b = a") + body() + tag("endwith"),
    ])() + space()


templates = [output(expression(rng.randrange(1, 4))) if i % 3 else "".join(statement(2) for _ in range(rng.randrange(1, 4))) for i in range(count)]
lines = "".join(json.dumps({"messages": [], "chat_template": text, "variables": VARIABLES}) + "\n" for text in templates)
answers = [json.loads(line) for line in subprocess.run([tool, "tokenize", "--model", model], input=lines, capture_output=True, text=True).stdout.splitlines()]
assert len(answers) == count, f"{len(answers)} answers to {count} templates"
same = errors = skipped = different = 0
for text, answer in zip(templates, answers):
    try:
        expected = reference.from_string(text).render(messages=[], tools=None, documents=None, add_generation_prompt=False, **copy.deepcopy(VARIABLES))
    except Exception:
        expected = None
    if expected is not None and any(mark in expected.lower() for mark in ("0x", "<function", "<bound method", "context ")):
        skipped += 1  # what Python writes for an object's address
    elif expected == answer.get("text"):
        same, errors = same + (expected is not None), errors + (expected is None)
    else:
        different += 1
        print("DIFFERENT", json.dumps(text, ensure_ascii=False), "\n  reference:", repr(expected), "\n  rollouts: ", answer.get("text", answer.get("error")))
print(f"{count} templates (seed {seed}): {same} texts the same, {errors} errors in both, {skipped} with addresses of objects, {different} different")
