"""The flags of the ten spoken dialogues: what was found live, at the end of each talk, against what a careful nurse
would want flagged; and why something was missed. What `simulate` heard is kept beside, so that other rules can be read
over it without playing the talks again."""
import json
import shutil
import tempfile
import tomllib
from pathlib import Path

from speech import DIALOGUES, cases, errors, heard, run, table, tracks

COMMAND = "yorisoi simulate --model base-q8_0 --asr-slots 1 --asr-threads 2 --track nurse=… --track resident=…"
RULES = Path("rules/ja")


def live(program):
    """Plays each talk in real time."""
    rows = []
    for name in DIALOGUES:
        report = run([program, *COMMAND.split()[1:-4], "--format", "json", *tracks(name)])
        segments = [{"track": t["track"], **s, "start_ms": s["start_ms"] - t["began_ms"], "end_ms": s["end_ms"] - t["began_ms"]}
                    for t in report["tracks"] for s in t["segments"]]
        segments.sort(key=lambda s: (s["start_ms"], s["end_ms"]))
        rows.append({"dialogue": name, "model": report["model"], "segments": segments,
                     "found": sorted({f["item"] for f in report["flags"]}), "coverage": report["coverage"],
                     "account_against_tsv": report["account_against_tsv"], "errors": report["errors"]})
    return rows


def spans(case):
    """When each turn is spoken. Other rows of the table are words said beside it."""
    rows, at, found = table(case["id"]), 0, []
    for turn in case["turns"]:
        at = next(n for n in range(at, len(rows)) if rows[n][3] == turn["text"]) + 1
        found.append(rows[at - 1])
    return found


def text_of(case, turn, segments):
    """The segments that lie in a turn."""
    start, end, track, _ = spans(case)[turn]
    inside = lambda s: min(s["end_ms"], end * 1000) - max(s["start_ms"], start * 1000)
    return [n for n, s in enumerate(segments) if s["track"] == track and inside(s) > 0]


def as_heard(case, segments):
    """The same case with the recognised text."""
    def turn(n):
        inside = text_of(case, n, segments)
        after = [m for m, s in enumerate(segments) if s["start_ms"] >= spans(case)[n][0] * 1000]
        return (inside or after or [0])[0]
    turns = [{"speaker": s["track"], "text": heard(s)} for s in segments]
    return {**case, "turns": turns, "expect": [{**e, "turn": turn(e["turn"])} for e in case["expect"]]}


def read(program, wanted, *options):
    """What the rules find in cases: by case the items missed and false, and the coverage that is wrong."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        file.writelines(json.dumps(case, ensure_ascii=False) + "\n" for case in wanted)
        file.flush()
        score = run([program, "rules", "eval", "--format", "json", *options, file.name])
    found = {case["id"]: {"missed": [], "false": [], "coverage": {}} for case in wanted}
    for miss in score["misses"]:
        found[miss["case"]]["missed" if miss["kind"] == "fn" else "false"].append(miss["item"])
    for miss in score["coverage_misses"]:
        found[miss["case"]]["coverage"][miss["item"]] = miss["read"]
    return found


def compared(case, row):
    """The same of what was found live."""
    expected, tolerated = {e["item"] for e in case["expect"]}, set(case["tolerate"])
    found, covered = set(row["found"]), row["coverage"]
    def wrong(item, state):
        return covered.get(item, "not_asked") not in ((state, "declined") if state == "vague" else (state,))
    return {"missed": sorted(expected - found), "false": sorted(found - expected - tolerated),
            "coverage": {item: covered.get(item, "not_asked") for item, state in case["coverage"].items() if wrong(item, state)}}


def again(program, rows):
    """The rules as they are now over what was heard, without the words that are put in, and over what was said."""
    labelled = cases()
    recognised = [as_heard(labelled[row["dialogue"]], row["segments"]) for row in rows]
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder) / "ja"
        shutil.copytree(RULES, bare, ignore=shutil.ignore_patterns("sound.toml"))
        return {"heard": read(program, recognised, "--rules", str(RULES)),
                "unrepaired": read(program, recognised, "--rules", str(bare)),
                "said": read(program, labelled.values(), "--rules", str(RULES)),
                "keywords": read(program, labelled.values(), "--rules", str(RULES), "--keywords")}


def measure(program, kept=None):
    """`kept`: what an earlier run heard; its talks are not played again."""
    rows = kept or live(program)
    return {"command": COMMAND, "rows": rows, "errors": errors([(row["dialogue"], row["segments"]) for row in rows]),
            "again": again(program, rows)}


def kept_up(row):
    """Whether all speech was heard; on a busy machine a part of a talk stays without text."""
    return all(track["speech"]["holds"] for track in row["account_against_tsv"])


BEHIND = "the machine did not keep up with the talk, whose account does not hold"


def why_missed(case, row, item, read_again):
    name = case["id"]
    turn = next(e["turn"] for e in case["expect"] if e["item"] == item)
    if item in read_again["said"][name]["missed"]:
        if item in read_again["keywords"][name]["missed"]:
            return "vocabulary: no rule knows the words, in the text as it was said either"
        return "grammar: the words are known, and were cleared or not paired, in the text as it was said too"
    if not kept_up(row):
        return BEHIND
    if not text_of(case, turn, row["segments"]):
        return "misheard: what she says has no text at all"
    if item in read_again["heard"][name]["missed"]:
        return "misheard, or cut into other utterances: found in the text as it was said"
    return "found when the same text is read again: by other rules, or without what was uncertain"


def why_wrong(row, item, read_again):
    """Why the coverage of an item is not what its label says."""
    name = row["dialogue"]
    if item in read_again["said"][name]["coverage"]:
        return "in the text as it was said too"
    if not kept_up(row):
        return BEHIND
    if item in read_again["heard"][name]["coverage"]:
        return "misheard, or cut into other utterances"
    return "right when the same text is read again: uncertain words never make an item negative"


def tables(found):
    labelled, rows, read_again = cases(), found["rows"], found["again"]
    tiers = {item["id"]: item["tier"] for item in tomllib.loads((RULES / "items.toml").read_text())["item"]}
    by_hand = {row["dialogue"]: compared(labelled[row["dialogue"]], row) for row in rows}
    readings = [("live, at the end of the talk", by_hand), ("the same text read again, as heard", read_again["heard"]),
                ("without the repair of homophones", read_again["unrepaired"]), ("the text as it was said", read_again["said"])]
    yield "| read | expected | found | missed | false | immediate items: found of expected · false | coverage right |"
    yield "|---|---|---|---|---|---|---|"
    for name, reading in readings:
        expected = [e["item"] for row in rows for e in labelled[row["dialogue"]]["expect"]]
        missed, false = ([item for it in reading.values() for item in it[kind]] for kind in ("missed", "false"))
        urgent = lambda items: sum(tiers[item] == "immediate" for item in items)
        asked = sum(len(labelled[row["dialogue"]]["coverage"]) for row in rows)
        yield (f"| {name} | {len(expected)} | {len(expected) - len(missed)} | {len(missed)} | {len(false)} "
               f"| {urgent(expected) - urgent(missed)} of {urgent(expected)} · {urgent(false)} "
               f"| {asked - sum(len(it['coverage']) for it in reading.values())} of {asked} |")
    yield ""
    yield "Live, by dialogue (**immediate**):"
    yield ""
    yield "| dialogue | expected | missed | false | coverage right | account holds |"
    yield "|---|---|---|---|---|---|"
    shown = lambda items: ", ".join(f"**{i}**" if tiers[i] == "immediate" else i for i in items) or "none"
    for row in rows:
        case, it = labelled[row["dialogue"]], by_hand[row["dialogue"]]
        asked, held = len(case["coverage"]), [track["speech"]["holds"] for track in row["account_against_tsv"]]
        yield (f"| {row['dialogue']} | {shown(e['item'] for e in case['expect'])} | {shown(it['missed'])} | {shown(it['false'])} "
               f"| {asked - len(it['coverage'])} of {asked} | {sum(held)} of {len(held)} |")
    yield ""
    for row in rows:
        name = row["dialogue"]
        case, it, said = labelled[name], by_hand[name], read_again["said"][name]
        for item in it["missed"]:
            yield f"- {name} misses {item}: {why_missed(case, row, item, read_again)}."
        for item in it["false"]:
            why = "in the text as it was said too" if item in said["false"] else "misheard, or cut into other utterances"
            yield f"- {name} flags {item} without need: {why}."
        for item, state in it["coverage"].items():
            yield f"- {name} reads {item} as {state} where it is {case['coverage'][item]}: {why_wrong(row, item, read_again)}."
