"""The ten spoken dialogues of tests/data/speech as the measurements use them: their sound, their words, and how far a
text is from them, by character and by sound."""
import json
import subprocess
import sys
from pathlib import Path

from cer import distance, normalise

SPEECH = Path("tests/data/speech")
DIALOGUES = [f"sp-dev-{n:02}" for n in range(1, 11)]
KANA = ["cargo", "run", "--quiet", "--release", "-p", "yorisoi-readings", "--example", "kana"]


def run(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0 and not done.stdout:
        sys.exit(f"{' '.join(command)}\n{done.stderr}")
    return json.loads(done.stdout)


def tracks(name):
    return [f"--track={who}={SPEECH}/{name}.{who}.opus" for who in ("nurse", "resident")]


def table(name):
    """Who says what when: from, to in seconds, track, text. A companion sits at the resident's microphone."""
    rows = [line.split("\t") for line in (SPEECH / f"{name}.tsv").read_text().splitlines()]
    return [(float(start), float(end), "nurse" if who == "nurse" else "resident", text) for start, end, who, text in rows]


def cases():
    """The dialogues with their labels, as `rules eval` reads them."""
    lines = (SPEECH / "dialogues.jsonl").read_text().splitlines()
    return {case["id"]: case for case in map(json.loads, lines)}


def heard(segment):
    """What the recognizer wrote, without the words that were put in."""
    return segment.get("heard", segment["text"])


def kana(texts):
    """How texts sound by the dictionary of crates/readings: the cheapest reading of each."""
    done = subprocess.run(KANA, input="\n".join(texts) + "\n", capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def errors(talks):
    """Errors and length over talks of (name, segments): as heard and as shown, by character and by sound."""
    counted = {}
    for form, said in (("heard", heard), ("shown", lambda segment: segment["text"])):
        for by, written in (("character", lambda texts: list(map(normalise, texts))), ("sound", kana)):
            wrong = length = 0
            for name, segments in talks:
                for track in ("nurse", "resident"):
                    reference = "".join(written([text for _, _, who, text in table(name) if who == track]))
                    hypothesis = "".join(written([said(s) for s in segments if s["track"] == track]))
                    wrong += distance(reference, hypothesis)
                    length += len(reference)
            counted.setdefault(by, {"length": length})[form] = wrong
    return counted
