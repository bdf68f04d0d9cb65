#!/usr/bin/env bash
# pysubs2 1.8.1, webvtt-py 0.6.0 and pycaption 2.3.14 on WebVTT as speech services give it to move a mouth by: cues with names, and
# a time for each word within the text.
# SEEN: pysubs2 appends the name of a cue to the text of the cue before it, as a line of its own that is spoken or shown; only
#       names that are numbers are left out. Times of words, <00:01.500>, stay in the text, though it takes <i> for a style.
#       webvtt-py and pycaption give the words alone, webvtt-py with &amp; for &. Written out as SRT by pysubs2, the file
#       has the names as text for good.
# A GOOD GUESS SAID: the words alone from all of them; a name goes with its own cue, if anywhere.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" pysubs2==1.8.1 webvtt-py==0.6.0 pycaption==2.3.14
PYTHONPATH=$d "$python" - <<'P'
import sys

import pycaption
import pysubs2
import webvtt

VTT = """WEBVTT

first line
00:01.000 --> 00:02.000
Hello <00:01.500>dear &amp; <i>you</i>

second line
00:03.000 --> 00:04.000
good night

3
00:05.000 --> 00:06.000
bye
"""
captions = pycaption.WebVTTReader().read(VTT)
subtitles = pysubs2.SSAFile.from_string(VTT, format_="vtt")
seen = {
    "pysubs2": [cue.text for cue in subtitles],
    "webvtt-py": [cue.text for cue in webvtt.from_string(VTT)],
    "pycaption": [cue.get_text() for cue in captions.get_captions(captions.get_languages()[0])],
}
print(seen, subtitles.to_string("srt"), sep="\n")
rest = ["good night", "bye"]
expected = {
    "pysubs2": ["Hello <00:01.500>dear &amp; {\\i1}you{\\i0}\\N\\Nsecond line", *rest],
    "webvtt-py": ["Hello dear &amp; you", *rest],
    "pycaption": ["Hello dear & you", *rest],
}
sys.exit(seen != expected or "second line" not in subtitles.to_string("srt"))
P
