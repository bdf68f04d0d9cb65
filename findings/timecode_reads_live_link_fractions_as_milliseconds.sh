#!/usr/bin/env bash
# timecode 1.5.1 and OpenTimelineIO 0.18.1 on the times of a Live Link Face CSV (ARKit blend shapes of a phone), which are
# HH:MM:SS:FF.fff: whole frames of 60 or 59.94 a second and how far the sample lies within the frame.
# SEEN, timecode: 01:02:03:04.512 at 60 frames a second is accepted and becomes 01:02:03.517, as if the fraction of a frame
#       were milliseconds: 0.44 s late. At 59.94 every time without drop frames is turned into one with them:
#       00:01:00:00 becomes 00:00:59;56, and an hour is 215,784 frames in the place of 216,000.
# SEEN, OpenTimelineIO: 01:02:03:04 at 60000/1001 is read right (frame 223,384) but written back as 01:02:06;48.
# A GOOD GUESS SAID: the fraction is refused or kept as one, a colon means no drop frames, and a time that is read is
#       written back as it was.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --target "$d" timecode==1.5.1 OpenTimelineIO==0.18.1
PYTHONPATH=$d "$python" - <<'P'
import sys

from opentimelineio.opentime import from_timecode
from timecode import Timecode

fraction = Timecode("60", "01:02:03:04.512")
frame = 1 / 60
late = round((fraction.frames - 1) * frame - (3723 + 4.512 * frame), 2)  # .frames counts from 1
minute, hour = Timecode("59.94", "00:01:00:00"), Timecode("59.94", "01:00:00:00")
read = from_timecode("01:02:03:04", 60000 / 1001)
seen = [str(fraction), late, str(minute), hour.frames - 1, read.value, read.to_timecode()]
print("timecode: fraction, s late, a minute, frames of an hour; OpenTimelineIO: frames, written back:", seen)
sys.exit(seen != ["01:02:03.517", 0.44, "00:00:59;56", 215784, 223384, "01:02:06;48"])
P
