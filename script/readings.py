"""Makes crates/readings/ipadic.z: of the IPA dictionary what readings need, in one small file.

usage: pip download --no-deps --no-binary :all: ipadic==1.0.0 && python3 script/readings.py ipadic-1.0.0.tar.gz

The source is the compiled dictionary of the Python package `ipadic` 1.0.0. Names of organisations and works are left
out. Beside the words stands how each kanji may sound, counted over all words by aligning their readings.
"""
import collections
import hashlib
import struct
import sys
import tarfile
import unicodedata
import zlib
from pathlib import Path

SHA256 = "f5923d31eca6131acaaf18ed28d8998665b1347b640d3a6476f64650e9a71c07"
FOLDER = Path("crates/readings")
KANA = "ァアィイゥウェエォオカガキギクグケゲコゴサザシジスズセゼソゾタダチヂッツヅテデトドナニヌネノハバパヒビピフブプヘベペホボポマミムメモャヤュユョヨラリルレロヮワヰヱヲンヴヵヶー"
CODE = {c: i + 1 for i, c in enumerate(KANA)}
# What a word is, as far as readings care. The order is that of `Kind` in src/dictionary.rs.
KINDS = ["noun", "name", "number", "suffix", "verb", "adjective", "auxiliary", "particle", "other"]
CATEGORIES = ["DEFAULT", "KANJI", "SYMBOL", "NUMERIC", "ALPHA", "HIRAGANA", "KATAKANA"]


def dictionary(data):
    """Every word of a compiled MeCab dictionary: surface, left id, right id, cost, features."""
    _, _, _, _, _, _, nodes_len, tokens_len, features_len, _ = struct.unpack("<10I", data[:40])
    nodes = struct.unpack(f"<{nodes_len // 4}i", data[72:72 + nodes_len])
    base, check = nodes[0::2], nodes[1::2]
    tokens = data[72 + nodes_len:72 + nodes_len + tokens_len]
    features = data[72 + nodes_len + tokens_len:72 + nodes_len + tokens_len + features_len]
    todo = [(base[0], b"")]
    while todo:
        at, surface = todo.pop()
        if 0 <= at < len(base) and check[at] == at and base[at] < 0:
            first, count = divmod(-base[at] - 1, 256)
            for token in range(first, first + count):
                left, right, _, cost, feature, _ = struct.unpack("<HHHhII", tokens[token * 16:token * 16 + 16])
                yield surface.decode(), left, right, cost, features[feature:features.index(b"\0", feature)].decode().split(",")
        for byte in range(1, 256):
            to = at + byte + 1
            if 0 <= to < len(base) and check[to] == at:
                todo.append((base[to], surface + bytes([byte])))


def kind(f):
    if f[0] == "名詞":
        if f[1] == "固有名詞":
            return "name"
        return {"数": "number", "接尾": "suffix", "非自立": "suffix", "特殊": "auxiliary"}.get(f[1], "noun")
    if f[0] == "動詞":
        return "verb" if f[1] == "自立" else "auxiliary"
    if f[0] == "形容詞":
        return "adjective" if f[1] == "自立" else "auxiliary"
    return {"助動詞": "auxiliary", "助詞": "particle"}.get(f[0], "other")


def is_kanji(c):
    return "一" <= c <= "鿿" or c in "々ヶ"


def hiragana(text):
    return "".join(chr(ord(c) - 0x60) if "ァ" <= c <= "ヶ" else c for c in text)


def sounds_of_kanji(words):
    """How each kanji sounds in words, by expectation and choice of the best split, three times over."""
    counts = collections.defaultdict(collections.Counter)
    for surface, reading in words:
        if len(surface) == 1 and is_kanji(surface):
            counts[surface][reading] += 3
    mixed = [(s, r) for s, r in words if 2 <= len(s) <= 5 and any(map(is_kanji, s)) and all(is_kanji(c) or "ぁ" <= c <= "ー" for c in s)]

    def best(surface, reading, share):
        table = {(0, 0): (1.0, [])}
        for i, c in enumerate(surface):
            for j in range(len(reading)):
                if (i, j) not in table:
                    continue
                p, path = table[i, j]
                ends = range(j + 1, min(len(reading), j + 4) + 1) if is_kanji(c) else [j + 1]
                for k in ends:
                    part = reading[j:k]
                    if part[0] in "ーンッャュョ" and is_kanji(c):
                        continue
                    if not is_kanji(c) and hiragana(part) != hiragana(c):
                        continue
                    q = p * (share(c, part) if is_kanji(c) else 1.0)
                    if q > table.get((i + 1, k), (0.0,))[0]:
                        table[i + 1, k] = (q, path + [(c, part)])
        return table.get((len(surface), len(reading)), (0.0, []))[1]

    for _ in range(3):
        totals = {c: sum(r.values()) for c, r in counts.items()}

        def share(c, part):
            total = totals.get(c, 0)
            return (counts[c][part] + 0.02 if c in counts else 0.02) / (total + 1) * 0.4 ** abs(len(part) - 2)
        new = collections.defaultdict(collections.Counter)
        for surface, reading in mixed:
            for c, part in best(surface, reading, share):
                if is_kanji(c):
                    new[c][part] += 1
        for surface, reading in words:
            if len(surface) == 1 and is_kanji(surface):
                new[surface][reading] += 3
        counts = new
    found = {}
    for c, readings in counts.items():
        total = sum(readings.values())
        kept = [r for r, n in readings.most_common(6) if n >= 3 and n * 33 >= total]
        if kept:
            found[c] = kept
    return found


def main():
    archive = Path(sys.argv[1]).read_bytes()
    if hashlib.sha256(archive).hexdigest() != SHA256:
        sys.exit(f"{sys.argv[1]} is not the package this was made from: {hashlib.sha256(archive).hexdigest()}")
    files = {}
    with tarfile.open(sys.argv[1]) as tar:
        for member in tar:
            if "/dicdir/" in member.name and member.isfile():
                files[Path(member.name).name] = tar.extractfile(member).read()
    entries, words, seen = {}, [], set()
    for surface, left, right, cost, f in dictionary(files["sys.dic"]):
        if f[:3] in (["名詞", "固有名詞", "組織"], ["名詞", "固有名詞", "一般"]) or len(f) < 9:
            continue
        sound = f[8] if all(c in CODE for c in f[8]) else ""
        if not sound and f[0] not in ("記号",):
            continue
        surface = unicodedata.normalize("NFKC", surface)
        key = (surface, left, right, sound)
        entries[key] = min(entries.get(key, (cost, 0))[0], cost), KINDS.index(kind(f))
        # Of an inflected word one form is enough to learn from.
        if f[1] != "固有名詞" and (f[6], f[7]) not in seen and all(c in CODE for c in f[7]):
            seen.add((f[6], f[7]))
            words.append((surface, f[7]))
    unknown = []
    for surface, left, right, cost, f in dictionary(files["unk.dic"]):
        if surface in CATEGORIES:
            unknown.append((CATEGORIES.index(surface), left, right, cost))
    sounds = sounds_of_kanji(words)

    out = bytearray(b"YRD1")
    matrix = files["matrix.bin"]
    lefts, rights = struct.unpack("<HH", matrix[:4])
    out += struct.pack("<HHIHH", lefts, rights, len(entries), len(unknown), len(sounds))
    out += matrix[4:4 + 2 * lefts * rights]
    rows = sorted((s.encode(), l, r, sound, *entries[s, l, r, sound]) for s, l, r, sound in entries)
    before = b""
    for surface, *_ in rows:
        shared = 0
        while shared < min(len(before), len(surface)) and before[shared] == surface[shared]:
            shared += 1
        out += bytes([shared, len(surface) - shared]) + surface[shared:]
        before = surface
    for column, form in ((1, "<H"), (2, "<H"), (4, "<h"), (5, "<B")):
        for row in rows:
            out += struct.pack(form, row[column])
    for row in rows:
        out += bytes([len(row[3])]) + bytes(CODE[c] for c in row[3])
    for row in sorted(unknown):
        out += struct.pack("<BHHh", *row)
    for c in sorted(sounds):
        out += struct.pack("<IB", ord(c), len(sounds[c]))
        for reading in sounds[c]:
            out += bytes([len(reading)]) + bytes(CODE[k] for k in reading)
    (FOLDER / "ipadic.z").write_bytes(zlib.compress(bytes(out), 9))
    (FOLDER / "ipadic.COPYING").write_bytes(files["COPYING"])
    print(f"{len(entries)} words, {len(sounds)} kanji, {len(out)} bytes, {(FOLDER / 'ipadic.z').stat().st_size} packed")


main()
