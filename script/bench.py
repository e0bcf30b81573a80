"""Runs the measurements of docs/benchmarks.md. Each goes to docs/benchmarks/NAME.json with what it ran on;
the tables between `<!-- NAME -->` and `<!-- /NAME -->` in docs/benchmarks.md are made from these files."""
import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import flags
from speech import DIALOGUES, cases, errors, run, tracks

MODELS = ["base-q8_0", "base-q4_0"]
# Dialogue, model, interviews at once, utterances decoded at once, threads for each of them.
TALKS = [("sp-dev-01", "base-q8_0", 1, 1, 2), ("sp-dev-02", "base-q8_0", 1, 1, 2), ("sp-dev-05", "base-q8_0", 1, 1, 2),
         ("sp-dev-02", "base-q8_0", 1, 2, 1), ("sp-dev-02", "base-q4_0", 1, 1, 2), ("sp-dev-02", "base-q8_0", 2, 1, 2),
         ("sp-dev-02", "base-q8_0", 3, 1, 2), ("sp-dev-02", "base-q8_0", 3, 2, 1), ("sp-dev-02", "base-q4_0", 3, 1, 2)]
# Labelled cases, and of those that are parted the fold that nobody looks at while writing rules.
RULES = [("utterances", None), ("pairs", "seen"), ("pairs", "aside"), ("interviews", "seen"), ("interviews", "aside"),
         ("utterances.heard", None), ("pairs.heard", "seen"), ("pairs.heard", "aside"),
         ("unseen", None), ("unseen-2", None), ("unseen-3", None), ("unseen-4", None), ("unseen-5", None), ("unseen-6", None),
         ("unseen-7", None), ("unseen-8", None), ("unseen-9", None), ("unseen-10", None), ("unseen-11", None)]
# How they are read: voice by voice, by one microphone, by the words alone.
READ = [("", []), ("one microphone", ["--as-mixed"]), ("keywords", ["--keywords"])]

# What is wrong with the resident's line (loss, delay, jitter and reordering with the nurse's too).
NETWORK = [("as it is here", []), ("2 % lost", ["--loss", "2"]), ("10 % lost", ["--loss", "10"]),
           ("150 ms late", ["--delay-ms", "150"]), ("40 to 140 ms late", ["--delay-ms", "40", "--jitter-ms", "100"]),
           ("10 % overtaken", ["--reorder", "10"]), ("dark for 3 s", ["--blackout", "8-11"]),
           ("dark for 12 s", ["--blackout", "8-20"]), ("another address", ["--new-address", "8"])]
NETWORK_TALK = ("sp-dev-02", "base-q8_0", 26)


def ran_on(program):
    cpu = re.search("model name\\s*: (.*)", Path("/proc/cpuinfo").read_text())
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    return {"commit": commit.stdout.strip(), "cpu": cpu.group(1) if cpu else platform.processor(),
            "cores": os.cpu_count(), "build": "development" if "/debug/" in program else "release", "load_before": round(os.getloadavg()[0], 2)}


def recognition(program):
    rows = []
    for model in MODELS:
        talks, factors = [], []
        for name in DIALOGUES:
            report = run([program, "transcribe", "--format", "json", "--model", model, *tracks(name)])
            talks.append((name, report["segments"]))
            factors.append(report["real_time_factor"])
        rows.append({"model": report["model"], "errors": errors(talks), "real_time_factor": sorted(factors)[len(factors) // 2]})
    return {"command": "yorisoi transcribe --model MODEL --track nurse=… --track resident=…", "rows": rows}


def talks(program):
    rows = []
    labelled = cases()
    for name, model, interviews, slots, threads in TALKS:
        report = run([program, "simulate", "--format", "json", "--model", model,
                      "--interviews", str(interviews), "--asr-slots", str(slots), "--asr-threads", str(threads),
                      *tracks(name)])
        heard = [[{"track": t["track"], **s} for t in report["tracks"] if t["interview"] == n for s in t["segments"]]
                 for n in range(interviews)]
        counted = errors([(name, segments) for segments in heard])["character"]
        expected = {e["item"] for e in labelled[name]["expect"]}
        found = {f["item"] for f in report["flags"]}
        rows.append({"dialogue": name, "interviews": interviews, "slots": slots, "threads": threads,
                     "model": report["model"], "cer": counted["heard"] / counted["length"],
                     "caption_delay_ms": report["caption_delay_ms"], "rewrites": report["rewrites"],
                     "cpu_s": report["cpu_s"], "speech_s": report["speech_s"], "rss_bytes": report["rss_bytes"],
                     "account_ms": [{"track": t["track"], **t["account_ms"]} for t in report["tracks"]],
                     "account_against_tsv": report["account_against_tsv"],
                     "flags": {"expected": sorted(expected), "found": sorted(found),
                               "missed": sorted(expected - found), "false": sorted(found - expected - set(labelled[name]["tolerate"]))},
                     "errors": report["errors"]})
    return {"command": "yorisoi simulate --model MODEL --interviews K --asr-slots N --asr-threads N --track nurse=… --track resident=…", "rows": rows}


def network(program):
    rows = []
    name, model, seconds_of_talk = NETWORK_TALK
    for condition, options in NETWORK:
        report = run([program, "simulate", "--format", "json", "--model", model, "--seconds", str(seconds_of_talk), *options, *tracks(name)])
        own = {t["track"]: t for t in report["tracks"]}
        rows.append({"condition": condition, "options": options, "model": report["model"],
                     "caption_delay_ms": report["caption_delay_ms"], "speech_s": report["speech_s"],
                     "tracks": [{k: own[who][k] for k in ("track", "packets", "longest_silence_ms", "back_after_ms", "rejoins", "account_ms")}
                                for who in ("nurse", "resident") if who in own],
                     "errors": report["errors"]})
    return {"command": f"yorisoi simulate --model {model} --seconds {seconds_of_talk} OPTIONS --track nurse=… --track resident=…", "rows": rows}


def rules(program):
    rows = []
    for name, fold in RULES:
        for how, options in READ:
            folds = ["--fold", fold] if fold else []
            report = run([program, "rules", "eval", "--format", "json", *options, *folds, f"tests/data/rules/{name}.jsonl"])
            rows.append({"set": name, "fold": fold, "read": how, **{k: v for k, v in report.items() if "misses" not in k}})
    return {"command": "yorisoi rules eval [--fold FOLD] [--as-mixed|--keywords] tests/data/rules/NAME.jsonl", "rows": rows}


def speed(_program):
    found = run(["cargo", "bench", "--quiet", "-p", "yorisoi-domain", "--bench", "rules"])
    return {"command": "cargo bench -p yorisoi-domain --bench rules", "rows": [found]}


def percent(share):
    return "" if share is None else f"{100 * share:.1f} %"


def seconds(ms):
    return "" if ms is None else f"{ms / 1000:.2f} s"


def form(model):
    return f"{model['name']}, {model['sha256'][:8]}"


def less(counted):
    """Errors as heard and as shown, and by how much fewer."""
    heard, shown, length = (counted[k] for k in ("heard", "shown", "length"))
    return f"{percent(heard / length)} → {percent(shown / length)} ({heard} → {shown} of {length:,}, {100 * (shown - heard) / heard:+.0f} %)"


def recognition_table(found):
    yield "| model | wrong characters, as heard → as shown | wrong sounds (kana), as heard → as shown | seconds of work per second of talk |"
    yield "|---|---|---|---|"
    for r in found["rows"]:
        yield f"| {form(r['model'])} | {less(r['errors']['character'])} | {less(r['errors']['sound'])} | {r['real_time_factor']:.2f} |"


def flags_table(found):
    yield f"Recognised: {form(found['rows'][0]['model'])}; wrong characters {less(found['errors']['character'])}, wrong sounds {less(found['errors']['sound'])}."
    yield f"Read again with the rules of commit {found['reread_on']['commit']}." if "reread_on" in found else ""
    yield ""
    yield from flags.tables(found)


def talks_table(found):
    yield "| dialogue | at once | model | places × threads | caption delay p50 · p95 · max (n) | CER | rewritten | account holds | flags missed · false | processor s | memory peak |"
    yield "|---|---|---|---|---|---|---|---|---|---|---|"
    for r in found["rows"]:
        delay = r["caption_delay_ms"]
        shown = " · ".join(seconds(delay[p]) for p in ("p50", "p95", "max"))
        flags = " · ".join(", ".join(r["flags"][k]) or "none" for k in ("missed", "false"))
        account = [held for track in r["account_against_tsv"] for held in (track["speech"], *track["planted"]) if held]
        holds = f"{sum(held['holds'] for held in account)} of {len(account)}"
        yield (f"| {r['dialogue']} | {r['interviews']} | {form(r['model'])} | {r['slots']} × {r['threads']} "
               f"| {shown} ({delay['n']} of {delay['utterances']}) | {percent(r['cer'])} | {r['rewrites']} | {holds} | {flags} | {r['cpu_s']:.0f} | {r['rss_bytes']['peak'] / 1e6:.0f} MB |")


def options(row):
    return f"`{' '.join(row['options'])}`" if row["options"] else ""


def network_table(found):
    yield f"{form(found['rows'][0]['model'])}, {NETWORK_TALK[0]}; both voices speak {found['rows'][0]['speech_s']:.0f} s together."
    yield ""
    yield "| her line | options | caption delay p50 · p95 (n) | heard as speech, nurse · resident | without words, by reason (resident) | nothing heard for at most, by the nurse · by her | back after, nurse · her | new connections | errors |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for r in found["rows"]:
        own = {t["track"]: t for t in r["tracks"]}
        if not own:
            yield f"| {r['condition']} | {options(r)} | | | | | | | {'; '.join(r['errors'])} |"
            continue
        delay, hers = r["caption_delay_ms"], own["resident"]
        gaps = ", ".join(f"{reason} {seconds(ms)}" for reason, ms in hers["account_ms"]["gaps"].items()) or "none"
        speech = " · ".join(seconds(own[who]["account_ms"]["speech"]) for who in ("nurse", "resident"))
        # What the nurse hears is the resident's voice.
        heard = lambda key: " · ".join(seconds(own[who][key]) for who in ("resident", "nurse"))
        back = heard("back_after_ms") if hers["back_after_ms"] is not None else ""
        yield (f"| {r['condition']} | {options(r)} | {seconds(delay['p50'])} · {seconds(delay['p95'])} ({delay['n']} of {delay['utterances']}) | {speech} "
               f"| {gaps} | {heard('longest_silence_ms')} | {back} | {hers['rejoins']} | {'; '.join(r['errors']) or 'none'} |")


def interval(counts, what):
    """A share with its Wilson interval."""
    if not counts or counts[what] is None:
        return ""
    low, high = counts[f"{what}_interval"]
    return f"{percent(counts[what])} ({100 * low:.1f}–{100 * high:.1f})"


def rules_table(found):
    rows = found["rows"]
    yield "| set | read | cases | recall | precision | immediate: recall | review: recall | pairing | quiet cases flagged |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for r in rows:
        tiers, pairing, quiet = r["tiers"], r["pairing"], r["quiet"]
        paired = f"{percent(pairing['accuracy'])} of {pairing['asked']}" if pairing["asked"] and r["read"] != "keywords" else ""
        name = r["set"] + (f", {r['fold']}" if r["fold"] else "")
        yield (f"| {name} | {r['read'] or 'voice by voice'} | {r['cases']} | {interval(r['total'], 'recall')} | {interval(r['total'], 'precision')} "
               f"| {interval(tiers.get('immediate'), 'recall')} | {interval(tiers.get('review'), 'recall')} "
               f"| {paired} | {quiet['flagged']} of {quiet['cases']} |")
    for what in ("items", "tags"):
        yield ""
        yield f"By {what[:-1]}, voice by voice:"
        yield ""
        sets = [r for r in rows if not r["read"] and r["set"] in ("utterances", "utterances.heard", "unseen", "unseen-2")]
        yield f"| {what[:-1]} |" + "".join(f" {r['set']}: recall | precision |" for r in sets)
        yield "|---|" + "---|---|" * len(sets)
        for name in sorted({name for r in sets for name in r[what]}):
            cells = [interval(r[what].get(name), share) for r in sets for share in ("recall", "precision")]
            yield f"| {name} | " + " | ".join(cells) + " |"


def speed_table(report):
    found = report["rows"][0]
    yield "| | p50 | p95 | p99 |"
    yield "|---|---|---|---|"
    for name, key, unit in (("an interview, per 100 turns", "interview_ms", "ms"), ("a new segment", "segment_us", "µs")):
        yield f"| {name} | " + " | ".join(f"{found[key][p]:.1f} {unit}" for p in ("p50", "p95", "p99")) + " |"
    yield ""
    yield "| turns | read at once, per turn | read as they come, per turn |"
    yield "|---|---|---|"
    for r in found["growth"]:
        yield f"| {r['turns']:,} | {r['at_once_us_per_turn']:.0f} µs | {r['live_us_per_turn']:.0f} µs |"
    yield ""
    one = ", ".join(f"{r['kilobytes']} kB in {r['ms']:.1f} ms" for r in found["one_segment"])
    yield f"One segment full of words that match: {one}. A pack is compiled in {found['pack_ms']:.0f} ms."


TABLES = {"recognition": recognition_table, "talks": talks_table, "flags": flags_table, "rules": rules_table, "speed": speed_table, "network": network_table}


def write_tables(names):
    page = Path("docs/benchmarks.md")
    text = page.read_text()
    for name in names:
        table, found = TABLES[name], json.loads(Path(f"docs/benchmarks/{name}.json").read_text())
        on = found["ran_on"]
        lines = [f"`{found['command']}`, {on['cpu']}, {on['cores']} cores, load before {on['load_before']}, commit {on['commit']}{', development build' if on.get('build') == 'development' else ''}.", "",
                 *table(found)]
        place = re.compile(f"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.S)
        if not place.search(text):
            sys.exit(f"{page} has no place for the table: <!-- {name} --> and <!-- /{name} -->")
        text = place.sub(lambda m: m[1] + "\n".join(lines) + "\n" + m[2], text)
    page.write_text(text)


def write(name, found):
    Path(f"docs/benchmarks/{name}.json").write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n")


def reread(program):
    """The flags once more by the rules as they are now, over what the last run of `flags` heard."""
    kept = json.loads(Path("docs/benchmarks/flags.json").read_text())
    write("flags", {"ran_on": kept["ran_on"], "reread_on": ran_on(program), **flags.measure(program, kept["rows"])})


def main():
    program, *names = sys.argv[1:]
    Path("docs/benchmarks").mkdir(exist_ok=True)
    measured = {"recognition": recognition, "talks": talks, "flags": flags.measure, "rules": rules, "speed": speed, "network": network}
    for name in names or measured:
        if name == "reread":
            reread(program)
        else:
            on = ran_on(program)
            write(name, {"ran_on": on, **measured[name](program)})
        write_tables(["flags" if name == "reread" else name])


main()
