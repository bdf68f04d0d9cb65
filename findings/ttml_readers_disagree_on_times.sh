#!/usr/bin/env bash
# ttconv 1.2.3, pycaption 2.3.14 and pysubs2 1.8.1 on TTML, captions of broadcasters and streaming services, in which times count
# from the element around them: a paragraph from 1.5 to 2 s in a div that begins at 10 s, so 11.5 to 12 s.
# SEEN: pysubs2 says 11.5 s, pycaption 1.5 s, and ttconv has no text at any time: as the div has no end= of its own, it ends
#       for ttconv at the paragraph's 2 s, which is before it begins. With end="20s" ttconv says 11.5 s, too. Words within a
#       paragraph (span begin= end=) have their times in ttconv alone; the others give one text for all of it. No
#       warning from any of them.
# A GOOD GUESS SAID: 11.5 s from all; words' times from all, or a warning.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" pysubs2==1.8.1 pycaption==2.3.14 ttconv==1.2.3
PYTHONPATH=$d "$python" - <<'P'
import sys
import xml.etree.ElementTree as xml

import pycaption
import pysubs2
from ttconv.imsc import reader
from ttconv.isd import ISD

PAGE = """<tt xmlns="http://www.w3.org/ns/ttml" xml:lang="en"><head><layout><region xml:id="r"/></layout></head>
<body region="r">{}</body></tt>"""
FILES = {
    "no end": '<div begin="10s"><p begin="1.5s" end="2s">hello</p></div>',
    "end": '<div begin="10s" end="20s"><p begin="1.5s" end="2s">hello</p></div>',
    "words": '<div><p begin="10s" end="12s"><span begin="0s" end="1s">hello</span> <span begin="1s">you</span></p></div>',
}


def by_pycaption(text):
    captions = pycaption.DFXPReader().read(text)
    return [one.start / 1e6 for one in captions.get_captions(captions.get_languages()[0])]


def by_pysubs2(text):
    return [cue.start / 1000 for cue in pysubs2.SSAFile.from_string(text, format_="ttml")]


def by_ttconv(text):
    document = reader.to_model(xml.ElementTree(xml.fromstring(text)))
    shown = {float(time): ISD.from_model(document, time) for time in ISD.significant_times(document)}
    return [time for time, picture in shown.items() if any(len(region) for region in picture.iter_regions())]


seen = {
    name: [read(PAGE.format(body)) for read in (by_pysubs2, by_pycaption, by_ttconv)] for name, body in FILES.items()
}
print("s at which text begins, by pysubs2, pycaption, ttconv:", seen)
expected = {"no end": [[11.5], [1.5], []], "end": [[11.5], [1.5], [11.5]], "words": [[10.0], [10.0], [10.0, 11.0]]}
sys.exit(seen != expected)
P
