#!/usr/bin/env bash
# praatio 6.2.2 and tgt 1.5, a Praat TextGrid in the long form that Praat itself writes: words and phones with their times, as
# forced aligners give them to train a mouth on. praat-parselmouth 0.4.7 (Praat) wrote it; textgrid 1.6.1 reads it, too.
# SEEN: tgt ends a label at a quote: of the text say "no" = 1, which the file holds as "say ""no"" = 1", it gives say "no",
#       without a word. praatio leaves the quotes of points doubled, b ""c"", but not those of intervals, and not those of
#       points where the same file is in the short form. Praat and textgrid (long form) give what was written.
# A GOOD GUESS SAID: a text format of few keywords, all of them give the file's texts.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" praatio==6.2.2 textgrid==1.6.1 tgt==1.5 \
    praat-parselmouth==0.4.7 numpy==1.26.4
cd "$d"; PYTHONPATH=$d "$python" - <<'P'
import sys

import parselmouth
import textgrid
import tgt
from praatio import textgrid as praatio

call = parselmouth.praat.call
grid = call(parselmouth.Sound([0.0] * 32000, 16000), "To TextGrid", "words clicks", "clicks")
call(grid, "Insert boundary", 1, 0.5)
call(grid, "Set interval text", 1, 2, 'say "no" = 1')
call(grid, "Insert point", 2, 0.75, 'b "c"')
call(grid, "Save as text file", "long.TextGrid")
call(grid, "Save as short text file", "short.TextGrid")


def by_praat(path):
    grid = parselmouth.read(path)
    return call(grid, "Get label of interval", 1, 2), call(grid, "Get label of point", 2, 1)


def by_praatio(path):
    grid = praatio.openTextgrid(path, includeEmptyIntervals=True)
    return tuple(grid.getTier(tier).entries[-1].label for tier in ("words", "clicks"))


def by_textgrid(path):
    return tuple(tier[-1].mark for tier in textgrid.TextGrid.fromFile(path))


def by_tgt(path):
    return tuple(tier[-1].text for tier in tgt.io.read_textgrid(path).tiers)


long = {read.__name__: read("long.TextGrid") for read in (by_praat, by_textgrid, by_tgt, by_praatio)}
short = {read.__name__: read("short.TextGrid") for read in (by_praat, by_tgt, by_praatio)}
print("long form:", long, "short form:", short, sep="\n")
written = ('say "no" = 1', 'b "c"')
wrong = {"by_tgt": ('say "no"', 'b "c"'), "by_praatio": ('say "no" = 1', 'b ""c""')}
sys.exit(long != {"by_praat": written, "by_textgrid": written, **wrong} or set(short.values()) != {written})
P
