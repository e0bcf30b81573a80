"""Character error rate for Japanese; the tests count by the same rules (tests/common/cer.rs).

NFKC; punctuation, spaces and symbols out; katakana = hiragana; ヶ = か; kanji numerals = digits
(十五 = 15, 1万8千 = 18000). A wrong kanji for the right sound is an error.

usage: python3 script/cer.py < PAIRS    a line `reference TAB hypothesis` each → `errors TAB length`
"""
import re
import sys
import unicodedata

DIGIT = {c: i for i, c in enumerate("〇一二三四五六七八九")} | {"零": 0} | {str(i): i for i in range(10)}
UNIT = {"十": 10, "百": 100, "千": 1000}
NUMBER = re.compile("[0-9〇零一二三四五六七八九十百千]+(?:万[0-9〇零一二三四五六七八九十百千]*)?")


def _group(text):
    """Value of kanji numerals below 10 000; without units the digits stand side by side (四五 = 45)."""
    if not any(c in UNIT for c in text):
        return "".join(str(DIGIT[c]) for c in text)
    total, run = 0, ""
    for c in text:
        if c in UNIT:
            total += (int(run) if run else 1) * UNIT[c]
            run = ""
        else:
            run += str(DIGIT[c])
    return str(total + int(run or 0))


def _number(match):
    high, has_high, low = match.group().partition("万")
    if not has_high:
        return _group(high)
    return str(int(_group(high)) * 10000 + int(_group(low) or 0 if low else 0))


def normalise(text):
    text = unicodedata.normalize("NFKC", text)
    text = "".join(c for c in text if unicodedata.category(c)[0] not in "PZSC" or c in "々ー")
    text = NUMBER.sub(_number, text).replace("ヶ", "か").replace("ヵ", "か").replace("箇", "か")
    text = "".join(chr(ord(c) - 0x60) if "ァ" <= c <= "ヶ" else c for c in text)
    return re.sub("ー+", "ー", text).lower()


def distance(ref, hyp):
    row = list(range(len(ref) + 1))
    for i, h in enumerate(hyp, 1):
        new = [i]
        for j, r in enumerate(ref, 1):
            new.append(min(new[-1] + 1, row[j] + 1, row[j - 1] + (h != r)))
        row = new
    return row[-1]


def main():
    sys.stdin.reconfigure(encoding="utf-8")
    for line in sys.stdin:
        ref, hyp = map(normalise, line.split("\t"))
        print(distance(ref, hyp), len(ref), sep="\t")


if __name__ == "__main__":
    main()
